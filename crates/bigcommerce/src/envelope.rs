//! What an answer is wrapped in: v3 has `{data, meta}`, v2 has a bare list or a bare object, and
//! either has its own shape of errors.

use flyball_connector::json::{At, Form, Json, JsonError, Place, Raw, from_str};
use std::borrow::Cow;

use flyball_connector::decode::Text;
use serde::Deserialize;

/// The most characters of an HTML page searched for its title.
const TITLE_SEARCH_BYTES_MAX: usize = 4_096;

/// The most errors of one answer repeated.
const ERRORS_MAX: usize = 5;

/// A list's answer, its rows not yet read.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    json: Option<Json<'a>>,
    places: Vec<Place>,
    pub(crate) more: More,
}

impl<'a> Rows<'a> {
    /// A list that has no rows, and ends.
    pub(crate) const NONE: Rows<'static> = Rows { json: None, places: Vec::new(), more: More::No };

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The rows in their order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = At<'_, 'a>> {
        let root = self.json.iter().map(Json::root);
        root.flat_map(|root| self.places.iter().map(move |place| root.at(*place)))
    }
}

/// Whether a list goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum More {
    /// It ends here.
    No,
    /// It goes on.
    Yes,
    /// The vendor does not say.
    #[default]
    Unknown,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct V3<'a> {
    data: Option<Place>,
    #[serde(borrow)]
    meta: Option<Meta<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta<'a> {
    #[serde(borrow)]
    pagination: Option<Pagination<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pagination<'a> {
    #[serde(borrow)]
    current_page: Option<Text<'a>>,
    total_pages: Option<Text<'a>>,
}

/// Reads a list, or a single record as a list of one.
///
/// # Errors
/// JSON of another shape, or none.
pub(crate) fn rows(body: &str) -> Result<Rows<'_>, JsonError> {
    let json = Json::parse(body)?;
    let (places, more) = listed(json.root())?;
    Ok(Rows { json: Some(json), places, more })
}

fn listed(root: At<'_, '_>) -> Result<(Vec<Place>, More), JsonError> {
    if root.form() == Form::List {
        return Ok((root.read()?, More::Unknown));
    }
    let envelope: V3<'_> = root.read()?;
    let Some(data) = envelope.data.map(|data| root.at(data)) else {
        return Ok((vec![root.read()?], More::No));
    };
    if data.form() != Form::List {
        return Ok((vec![data.read()?], More::No));
    }
    let rows = data.read()?;
    let pagination = envelope.meta.and_then(|meta| meta.pagination).unwrap_or_default();
    let read = |text: Option<Text<'_>>| text.and_then(|text| text.0.parse::<u64>().ok());
    let more = match (read(pagination.current_page), read(pagination.total_pages)) {
        (Some(current), Some(total)) if current >= total => More::No,
        (Some(_), Some(_)) => More::Yes,
        _ => More::Unknown,
    };
    Ok((rows, more))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem<'a> {
    #[serde(borrow)]
    title: Option<Text<'a>>,
    message: Option<Text<'a>>,
    detail: Option<Text<'a>>,
    #[serde(borrow)]
    error: Option<Raw<'a>>,
    #[serde(borrow)]
    errors: Option<Raw<'a>>,
    #[serde(borrow)]
    details: Option<Raw<'a>>,
}

/// The vendor's words for what went wrong: v3 `{title, detail, errors: {field: text}}`, v2
/// `[{message, details}]`, the title of a page, or the start of anything else.
pub(crate) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..TITLE_SEARCH_BYTES_MAX).unwrap_or(body));
    let problem = core::str::from_utf8(body).ok().and_then(|body| {
        let first = if body.trim_start().starts_with('[') {
            from_str::<Vec<Raw<'_>>>(body).ok()?.first()?.get()
        } else {
            body
        };
        from_str::<Problem<'_>>(first).ok()
    });
    if let Some(words) = problem.as_ref().map(said).filter(|words| !words.is_empty()) {
        return words;
    }
    if text.trim_start().starts_with('<') {
        let title = title(&text).unwrap_or("without a title");
        return format!("found an HTML page where JSON was expected: {title}");
    }
    text.trim().to_owned()
}

fn said(problem: &Problem<'_>) -> String {
    let mut words: Vec<String> = [&problem.title, &problem.message, &problem.detail]
        .into_iter()
        .flatten()
        .map(|text| text.0.clone().into_owned())
        .collect();
    if let Some(error) = problem.error {
        words.push(plain(error));
    }
    for named in [problem.errors, problem.details].into_iter().flatten() {
        let fields: Option<crate::decode::Named<'_>> = from_str(named.get()).ok();
        let fields = fields.map(|named| named.0).unwrap_or_default();
        words.extend(
            fields.iter().take(ERRORS_MAX).map(|(name, what)| format!("{name}: {}", plain(*what))),
        );
    }
    words.retain(|word| !word.is_empty());
    words.dedup();
    words.join("; ")
}

fn plain(raw: Raw<'_>) -> String {
    raw.text().map_or_else(|| raw.get().to_owned(), Cow::into_owned)
}

fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> (usize, More) {
        let rows = rows(body).unwrap();
        (rows.len(), rows.more)
    }

    #[test]
    fn either_versions_lists_and_single_records_are_read() {
        let page = |current, total| {
            format!(
                r#"{{"data":[{{}},{{}}],"meta":{{"pagination":{{"current_page":{current},"total_pages":{total}}}}}}}"#
            )
        };
        assert_eq!(found(&page(1, 1)), (2, More::No));
        assert_eq!(found(&page(1, 3)), (2, More::Yes));
        assert_eq!(
            found(r#"{"data":[],"meta":{"pagination":{"current_page":1,"total_pages":0}}}"#),
            (0, More::No)
        );
        assert_eq!(found(r#"{"data":[{}],"meta":{}}"#), (1, More::Unknown));
        assert_eq!(found(r#"{"data":{"id":1},"meta":{}}"#), (1, More::No));
        assert_eq!(found(r#" [{"id":1},{"id":2}]"#), (2, More::Unknown));
        assert_eq!(found(r#"{"id":1}"#), (1, More::No));
        assert!(rows("17").is_err());
    }

    #[test]
    fn the_vendors_words_are_found_in_either_versions_errors() {
        for (body, expected) in [
            (
                r#"{"status":422,"title":"The filters are invalid","type":"t","errors":{"sort":"must be id","limit":"too big"}}"#,
                "The filters are invalid; limit: too big; sort: must be id",
            ),
            (
                r#"[{"status":404,"message":"The requested resource was not found."}]"#,
                "The requested resource was not found.",
            ),
            (
                r#"[{"status":400,"message":"A field is not valid.","details":{"field":"min_id"}}]"#,
                "A field is not valid.; field: min_id",
            ),
            (r#"{"error":"Unauthorized"}"#, "Unauthorized"),
            (r#"{"title":"T","errors":["x"]}"#, "T"),
            (
                "<html><head><title> Down </title></head></html>",
                "found an HTML page where JSON was expected: Down",
            ),
            ("<p>", "found an HTML page where JSON was expected: without a title"),
            ("upstream", "upstream"),
            ("", ""),
        ] {
            assert_eq!(words(body.as_bytes()), expected);
        }
    }
}
