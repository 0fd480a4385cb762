//! A store's words for what went wrong: a message with its parameters filled in, or the title of a
//! page. Shapes: `Magento\Framework\Webapi\ErrorProcessor` and
//! <https://developer.adobe.com/commerce/webapi/get-started/web-api-response/>.

use flyball_connector::Evidence;
use flyball_connector::json::Raw;
use flyball_domain::Field;
use serde_json::Value;

use crate::decode::object::{Object, list, value};

/// How much of a page is searched for its title, in bytes.
const TITLE_SEARCH_BYTES_MAX: usize = 4_096;
/// The most parameters filled in.
const PARAMETERS_MAX: usize = 20;
/// The most further errors repeated.
const ERRORS_MAX: usize = 5;

/// The words of an answer that is no success, or should have been JSON and isn't.
pub(crate) fn words(body: &[u8]) -> String {
    if let Some(message) = core::str::from_utf8(body).ok().and_then(message) {
        return message;
    }
    let text = String::from_utf8_lossy(body.get(..TITLE_SEARCH_BYTES_MAX).unwrap_or(body));
    if is_page(&text) {
        let title = title(&text).unwrap_or("without a title");
        return format!("found an HTML page where JSON was expected: {title}");
    }
    text.trim().chars().take(Evidence::MESSAGE_CHARS_MAX).collect()
}

/// Whether a text is a page for people.
pub(crate) fn is_page(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The message of an error's JSON; its `trace` is never looked at.
fn message(body: &str) -> Option<String> {
    let mut outer = Object::parse(body).ok()?;
    if let Field::Value(mut messages) = outer.object("messages") {
        let errors = messages.list("error").value().cloned()?;
        return Object::of(*errors.first()?)?.text("message").value().cloned();
    }
    let mut said = filled(&mut outer)?;
    let further = outer.list("errors").value().cloned().unwrap_or_default();
    for error in further.into_iter().take(ERRORS_MAX) {
        if let Some(more) = Object::of(error).and_then(|mut error| filled(&mut error)) {
            said = format!("{said}; {more}");
        }
    }
    Some(said)
}

/// A message with `%1`, `%2` or `%name` filled in.
fn filled(object: &mut Object<'_>) -> Option<String> {
    let mut message = object.text("message").value()?.clone();
    let Field::Value(raw) = object.take("parameters") else { return Some(message) };
    // From the last on, so that `%1` does not spoil `%10`.
    for (name, value) in parameters(raw).into_iter().rev() {
        message = message.replace(&format!("%{name}"), &value);
    }
    Some(message)
}

fn parameters(raw: Raw<'_>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    };
    if raw.get().starts_with('[') {
        let values = list(raw).unwrap_or_default().into_iter().take(PARAMETERS_MAX);
        return values
            .enumerate()
            .map(|(index, raw)| (index.saturating_add(1).to_string(), text(value(raw))))
            .collect();
    }
    let named = Object::of(raw).map(Object::rest).unwrap_or_default();
    let mut named: Vec<(String, String)> =
        named.into_iter().take(PARAMETERS_MAX).map(|(name, value)| (name, text(value))).collect();
    // A name that begins another is filled in after it.
    named.sort_by_key(|(name, _)| name.len());
    named
}

fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let begins = lower.find("<title>")?.checked_add("<title>".len())?;
    let ends = lower.get(begins..)?.find("</title>")?.checked_add(begins)?;
    Some(page.get(begins..ends)?.trim())
}

/// The number that a store gives as the most rows of a page, where it refuses a larger one
/// (`Magento\Framework\Webapi\Validator\EntityArrayValidator` and its kin).
pub(crate) fn page_size_max(body: &[u8]) -> Option<u32> {
    let said = words(body);
    if !said.to_ascii_lowercase().replace([' ', '_'], "").contains("pagesize") {
        return None;
    }
    let digits = said.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    digits.filter_map(|run| run.parse().ok()).find(|size| *size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_filled_in_by_their_place_or_their_name() {
        for (body, expected) in [
            (
                r#"{"message":"Invalid product data: %1","parameters":["no type"]}"#,
                "Invalid product data: no type",
            ),
            (
                r#"{"message":"The consumer isn't authorized to access %resources.","parameters":{"resources":"Magento_Catalog::products"}}"#,
                "The consumer isn't authorized to access Magento_Catalog::products.",
            ),
            (
                r#"{"message":"%fieldName %1 %10","parameters":["a","b","c","d","e","f","g","h","i","j"]}"#,
                "%fieldName a j",
            ),
            (
                r#"{"message":"%field of %fieldName","parameters":{"field":"x","fieldName":"y"}}"#,
                "x of y",
            ),
            (r#"{"message":"no parameters"}"#, "no parameters"),
            (r#"{"message":"a %1","parameters":[7]}"#, "a 7"),
            (
                r#"{"message":"all in all","errors":[{"message":"first %1","parameters":["thing"]},{"message":"second"}],"trace":"secret"}"#,
                "all in all; first thing; second",
            ),
            (
                r#"{"messages":{"error":[{"code":500,"message":"Server internal error. See details in report api/7","trace":"secret"}]}}"#,
                "Server internal error. See details in report api/7",
            ),
        ] {
            assert_eq!(words(body.as_bytes()), expected);
        }
    }

    #[test]
    fn a_page_is_told_by_its_title_and_anything_else_by_its_beginning() {
        let page = b"<!doctype html><html><head><TITLE> 503 Backend fetch failed </TITLE>";
        assert_eq!(
            words(page),
            "found an HTML page where JSON was expected: 503 Backend fetch failed"
        );
        assert_eq!(words(b"  upstream gone "), "upstream gone");
        assert!(words(b"<html>").ends_with("without a title"));
        assert_eq!(words(b"[1,2]"), "[1,2]");
    }

    #[test]
    fn the_largest_page_is_found_in_the_refusal_of_a_larger_one() {
        let body =
            br#"{"message":"Maximum SearchCriteria pageSize is %max","parameters":{"max":300}}"#;
        assert_eq!(page_size_max(body), Some(300));
        assert_eq!(page_size_max(br#"{"message":"no such field 7"}"#), None);
    }
}
