//! What the vendor says of an operation that writes records to a file.

use flyball_connector::decode::Text;
use flyball_domain::Field;
use serde::Deserialize;

/// How far an operation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is at it.
    Running,
    /// Its file lies here; with nothing in it, there is none.
    Done(Option<String>),
    /// It has ended otherwise, or the vendor does not know it.
    Lost,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RunData<'a> {
    #[serde(borrow)]
    bulk_operation_run_query: Field<Payload<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow)]
    bulk_operation: Field<Operation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PollData<'a> {
    #[serde(borrow)]
    bulk_operation: Field<Operation<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Operation<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    status: Field<Text<'a>>,
    object_count: Field<Text<'a>>,
    url: Field<Text<'a>>,
}

impl RunData<'_> {
    /// The id of the operation that was begun; `None` where none was: too many are running, or the
    /// query is not liked.
    pub(super) fn begun(&self) -> Option<&str> {
        Some(&self.bulk_operation_run_query.value()?.bulk_operation.value()?.id.value()?.0)
    }
}

impl PollData<'_> {
    pub(super) fn progress(&self) -> Progress {
        let Some(operation) = self.bulk_operation.value() else { return Progress::Lost };
        let text = |field: &Field<Text<'_>>| field.value().map(|text| text.0.clone().into_owned());
        match (text(&operation.status).as_deref(), text(&operation.url)) {
            (Some("CREATED" | "RUNNING"), _) => Progress::Running,
            (Some("COMPLETED"), Some(url)) => Progress::Done(Some(url)),
            (Some("COMPLETED"), None) if text(&operation.object_count).as_deref() == Some("0") => {
                Progress::Done(None)
            }
            // Canceling, canceled, failed, expired: what was written of it is in the order of ids,
            // so that nobody can go on behind it by time of change.
            _ => Progress::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use flyball_connector::json::from_str;

    use super::*;

    #[test]
    fn each_state_of_an_operation_is_told() {
        let url = "https://files.example/x".to_owned();
        for (status, rest, expected) in [
            ("CREATED", r#","url":null"#, Progress::Running),
            ("RUNNING", "", Progress::Running),
            ("COMPLETED", r#","url":"https://files.example/x""#, Progress::Done(Some(url))),
            ("COMPLETED", r#","url":null,"objectCount":"0""#, Progress::Done(None)),
            ("COMPLETED", r#","url":null,"objectCount":"7""#, Progress::Lost),
            ("FAILED", r#","partialDataUrl":"https://files.example/x""#, Progress::Lost),
            ("CANCELED", "", Progress::Lost),
            ("CANCELING", "", Progress::Lost),
            ("EXPIRED", "", Progress::Lost),
            ("NEWER", "", Progress::Lost),
        ] {
            let text = format!(r#"{{"bulkOperation":{{"status":"{status}"{rest}}}}}"#);
            let data: PollData<'_> = from_str(&text).unwrap();
            assert_eq!(data.progress(), expected, "{text}");
        }
        let none: PollData<'_> = from_str(r#"{"bulkOperation":null}"#).unwrap();
        assert_eq!(none.progress(), Progress::Lost);
    }

    #[test]
    fn an_operation_that_was_not_begun_has_no_id() {
        let refused = r#"{"bulkOperationRunQuery":{"bulkOperation":null,"userErrors":[{"code":"LIMIT_REACHED"}]}}"#;
        let begun =
            r#"{"bulkOperationRunQuery":{"bulkOperation":{"id":"gid://shopify/BulkOperation/7"}}}"#;
        let id = |text: &str| {
            let data: RunData<'_> = from_str(text).unwrap();
            data.begun().map(str::to_owned)
        };
        assert_eq!(id(refused), None);
        assert_eq!(id(begun).as_deref(), Some("gid://shopify/BulkOperation/7"));
    }
}
