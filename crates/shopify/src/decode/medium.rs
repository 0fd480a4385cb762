use flyball_connector::decode::{RowError, Text, keep, text, whole};
use flyball_connector::json::{Raw, from_str};
use flyball_domain::{Field, Image};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::gid::id;
use super::words::raw;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MediaNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    alt: Field<Text<'a>>,
    status: Field<Value>,
    media_content_type: Field<Text<'a>>,
    image: Field<ImageNode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageNode<'a> {
    #[serde(borrow)]
    url: Field<Text<'a>>,
    width: Field<Text<'a>>,
    height: Field<Text<'a>>,
}

/// A picture, or what has no place in our model.
pub(super) enum Medium {
    Image(Image),
    Other(Value),
}

/// Reads a medium.
pub(super) fn medium(node: Raw<'_>) -> Result<Medium, RowError> {
    let text_of_node = node.get();
    let node: MediaNode<'_> = from_str(text_of_node)?;
    let named = |field: &Field<Text<'_>>, word: &str| {
        field.value().is_some_and(|found| found.0.contains(word))
    };
    if !named(&node.id, "/MediaImage/") && !named(&node.media_content_type, "IMAGE") {
        return Ok(Medium::Other(raw(text_of_node)?));
    }
    let mut extra = Map::new();
    keep(&mut extra, "status", node.status);
    let (url, width, height) = match node.image {
        Field::Absent => (Field::Absent, Field::Absent, Field::Absent),
        Field::Null => (Field::Null, Field::Null, Field::Null),
        Field::Value(image) => (
            text(image.url),
            whole(image.width, "image.width")?,
            whole(image.height, "image.height")?,
        ),
    };
    let id = id(&node.id, "id")?;
    Ok(Medium::Image(Image { id, url, alt: text(node.alt), width, height, extra }))
}
