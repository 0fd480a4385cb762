//! `fields=`: answers cut to what was asked for
//! (<https://developer.adobe.com/commerce/webapi/rest/use-rest/retrieve-filtered-responses/>).

use serde_json::{Map, Value};

const CUSTOM_ATTRIBUTES: &str = "custom_attributes";
const CODE: &str = "attribute_code";
const VALUE: &str = "value";

/// What is asked for of an object, by names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, Below)>);

/// What is asked for below a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Below {
    All,
    Only(Fields),
}

impl Fields {
    /// Reads `items[sku,name],total_count`; `None` of what is no such list: the vendor then answers
    /// with an empty array.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "_[],".contains(sign);
        if text.is_empty() || !text.chars().all(is_sign) {
            return None;
        }
        let mut open: Vec<Self> = Vec::new();
        let mut current = Self::default();
        let mut name = String::new();
        for sign in text.chars() {
            match sign {
                '[' => {
                    current.add(&mut name);
                    open.push(core::mem::take(&mut current));
                }
                ']' => {
                    current.add(&mut name);
                    let below = core::mem::take(&mut current);
                    current = open.pop().unwrap_or_default();
                    if let Some((_, last)) = current.0.last_mut() {
                        *last = Below::Only(below);
                    }
                }
                ',' => current.add(&mut name),
                _ => name.push(sign),
            }
        }
        current.add(&mut name);
        open.is_empty().then_some(current)
    }

    fn add(&mut self, name: &mut String) {
        if !name.is_empty() {
            self.0.push((core::mem::take(name), Below::All));
        }
    }

    /// Whether of a list's rows nothing is asked for but some of these.
    pub(super) fn is_of_rows(&self, columns: &[&str]) -> bool {
        match self.get("items") {
            Some(Below::Only(below)) => below
                .0
                .iter()
                .all(|(name, below)| *below == Below::All && columns.contains(&name.as_str())),
            Some(Below::All) | None => false,
        }
    }

    fn get(&self, name: &str) -> Option<&Below> {
        self.0.iter().rev().find(|(found, _)| found == name).map(|(_, below)| below)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// What is left of an answer.
    ///
    /// Two things are as PHP has them: an object of which nothing is left becomes an empty array,
    /// and so does an empty list `null` where something is asked for below it
    /// (`Magento\Framework\Webapi\Rest\Response\FieldsFilter::applyFilter`).
    pub(super) fn cut(&self, value: Value) -> Value {
        match value {
            Value::Array(items) if items.is_empty() => Value::Null,
            Value::Array(items) => {
                let cut = |item: Value| if item.is_object() { self.cut(item) } else { item };
                items.into_iter().map(cut).collect()
            }
            Value::Object(object) => self.cut_object(object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
        }
    }

    fn cut_object(&self, object: Map<String, Value>) -> Value {
        let mut left = Map::new();
        for (name, value) in object {
            let Some(below) = self.get(&name) else { continue };
            let value = match (below, value) {
                (Below::Only(below), Value::Array(attributes)) if name == CUSTOM_ATTRIBUTES => {
                    below.cut_attributes(&attributes)
                }
                (Below::Only(below), value) => below.cut(value),
                (Below::All, value) => value,
            };
            left.insert(name, value);
        }
        if left.is_empty() { Value::Array(Vec::new()) } else { Value::Object(left) }
    }

    /// Custom attributes can be asked for by their codes, too.
    fn cut_attributes(&self, attributes: &[Value]) -> Value {
        let wanted = |attribute: &Value| {
            attribute.get(CODE).and_then(Value::as_str).is_some_and(|code| self.has(code))
        };
        let parts = |attribute: &Value| -> Map<String, Value> {
            let whole = wanted(attribute);
            [CODE, VALUE]
                .into_iter()
                .filter(|name| whole || self.has(name))
                .filter_map(|name| Some((name.to_owned(), attribute.get(name)?.clone())))
                .collect()
        };
        let left = attributes.iter().map(parts).filter(|attribute| !attribute.is_empty());
        left.map(Value::Object).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn cut(fields: &str, value: Value) -> Value {
        Fields::parse(fields).unwrap().cut(value)
    }

    fn page() -> Value {
        json!({
            "items": [{
                "sku": "mug", "name": "Mug", "price": 3,
                "extension_attributes": {"website_ids": [1], "stock_item": {"qty": 4, "min_qty": 0}},
                "custom_attributes": [
                    {"attribute_code": "color", "value": "4"},
                    {"attribute_code": "size", "value": "9"},
                ],
            }],
            "total_count": 1,
        })
    }

    #[test]
    fn names_and_what_is_below_them_are_left() {
        let fields = "items[sku,extension_attributes[stock_item[qty]]],total_count";
        assert_eq!(
            cut(fields, page()),
            json!({
                "items": [{"sku": "mug", "extension_attributes": {"stock_item": {"qty": 4}}}],
                "total_count": 1,
            })
        );
    }

    #[test]
    fn custom_attributes_are_left_by_code_or_by_part() {
        assert_eq!(
            cut("items[custom_attributes[color]]", page())["items"][0]["custom_attributes"],
            json!([{"attribute_code": "color", "value": "4"}])
        );
        assert_eq!(
            cut("items[custom_attributes[attribute_code]]", page())["items"][0],
            json!({"custom_attributes": [{"attribute_code": "color"}, {"attribute_code": "size"}]})
        );
    }

    #[test]
    fn nothing_becomes_an_empty_array_and_an_empty_list_null() {
        assert_eq!(cut("items[colour]", page()), json!({"items": [[]]}));
        assert_eq!(cut("colour", page()), json!([]));
        assert_eq!(cut("items[sku]", json!({"items": []})), json!({"items": null}));
        assert_eq!(cut("items", json!({"items": []})), json!({"items": []}));
    }

    #[test]
    fn rows_that_are_asked_for_no_more_than_their_ids_are_told_apart() {
        let is_of_rows =
            |text: &str| Fields::parse(text).unwrap().is_of_rows(&["id", "updated_at"]);
        assert!(is_of_rows("items[id,updated_at],total_count"));
        for more in ["items", "total_count", "items[id,sku]", "items[id[sku]]"] {
            assert!(!is_of_rows(more), "{more}");
        }
    }

    #[test]
    fn what_is_no_list_of_fields_is_not_read() {
        for text in ["", "items[sku", "items(sku)", "items.sku", "a b"] {
            assert_eq!(Fields::parse(text), None, "{text}");
        }
        assert_eq!(cut("]sku", json!({"sku": 1})), json!({"sku": 1}));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_nothing_is_added(text in "[a-c_\\[\\],]{0,30}") {
            if let Some(fields) = Fields::parse(&text) {
                let whole = json!({"a": {"b": 1, "c": [{"a": 2}]}, "b": []});
                let left = fields.cut(whole.clone());
                prop_assert!(left.to_string().len() <= whole.to_string().len() + 4);
            }
        }
    }
}
