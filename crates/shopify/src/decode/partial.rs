//! Partial answers: `null` where an error says that a field could not be resolved is not a `null`
//! that the store meant.

use serde_json::Value;

use crate::envelope::PathPart;

/// A node freed of the nulls that errors (their paths, from the node on) put there, so that the
/// fields count as not answered. A list element that is `null` by an error takes its whole
/// outermost field along: a list without it would read as if the store had deleted it.
///
/// `None` if no error speaks of this node, or the node can't be read.
pub(crate) fn without_failed(node: &str, failed: &[&[PathPart]]) -> Option<String> {
    if failed.is_empty() {
        return None;
    }
    let mut value: Value = serde_json::from_str(node).ok()?;
    for path in failed {
        if let Removal::Outermost = remove_null(&mut value, path)
            && let (Some(object), Some(PathPart::Key(key))) = (value.as_object_mut(), path.first())
        {
            object.shift_remove(key);
        }
    }
    Some(value.to_string())
}

enum Removal {
    Done,
    Outermost,
}

/// Removes the first null on the way down a path.
fn remove_null(value: &mut Value, path: &[PathPart]) -> Removal {
    let Some((part, rest)) = path.split_first() else { return Removal::Done };
    match (value, part) {
        (Value::Object(object), PathPart::Key(key)) => {
            if object.get(key).is_some_and(Value::is_null) {
                object.shift_remove(key);
                return Removal::Done;
            }
            object.get_mut(key).map_or(Removal::Done, |inner| remove_null(inner, rest))
        }
        (Value::Array(array), PathPart::Index(index)) => match array.get_mut(*index) {
            Some(Value::Null) => Removal::Outermost,
            Some(inner) => remove_null(inner, rest),
            None => Removal::Done,
        },
        _ => Removal::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(parts: &[&str]) -> Vec<PathPart> {
        parts
            .iter()
            .map(|part| {
                part.parse().map_or_else(|_| PathPart::Key((*part).to_owned()), PathPart::Index)
            })
            .collect()
    }

    #[test]
    fn a_null_put_there_by_an_error_is_removed_and_others_stay() {
        let node = r#"{"a":null,"b":{"c":null},"d":{"n":[{"p":null},{"p":1}]},"e":null}"#;
        for (failed, expected) in [
            (&["a"][..], r#"{"b":{"c":null},"d":{"n":[{"p":null},{"p":1}]},"e":null}"#),
            (
                &["a", "deeper", "still"],
                r#"{"b":{"c":null},"d":{"n":[{"p":null},{"p":1}]},"e":null}"#,
            ),
            (&["b", "c"], r#"{"a":null,"b":{},"d":{"n":[{"p":null},{"p":1}]},"e":null}"#),
            (&["d", "n", "0", "p"], r#"{"a":null,"b":{"c":null},"d":{"n":[{},{"p":1}]},"e":null}"#),
            (&["d", "n", "1", "p"], node),
            (&["d", "n", "9", "p"], node),
            (&["x"], node),
        ] {
            let failed = path(failed);
            assert_eq!(without_failed(node, &[&failed]).unwrap(), expected);
        }
    }

    #[test]
    fn a_list_with_a_hole_made_by_an_error_counts_as_not_answered() {
        let failed = path(&["variants", "nodes", "1", "price"]);
        assert_eq!(
            without_failed(r#"{"id":1,"variants":{"nodes":[{},null]}}"#, &[&failed]).unwrap(),
            r#"{"id":1}"#
        );
    }

    #[test]
    fn a_node_of_which_no_error_speaks_is_left_alone() {
        assert_eq!(without_failed("{}", &[]), None);
    }
}
