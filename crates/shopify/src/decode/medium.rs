use flyball_connector::decode::{RowError, Text, keep, text, whole};
use flyball_domain::{Field, Image};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::gid::id;
use super::words::raw;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MediaNode {
    id: Field<Text>,
    alt: Field<Text>,
    status: Field<Value>,
    media_content_type: Field<Text>,
    image: Field<ImageNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageNode {
    url: Field<Text>,
    width: Field<Text>,
    height: Field<Text>,
}

/// A picture, or what has no place in our model.
pub(super) enum Medium {
    Image(Image),
    Other(Value),
}

/// Reads a medium.
pub(super) fn medium(text_of_node: &str) -> Result<Medium, RowError> {
    let node: MediaNode = serde_json::from_str(text_of_node)?;
    let named =
        |field: &Field<Text>, word: &str| field.value().is_some_and(|found| found.0.contains(word));
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
