//! Which fields a record's JSON has, and where what says who the buyer is stands in it.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::body::first;

/// The field of an order that says who the buyer is.
pub(crate) const PERSONAL: &str = "personal";

/// Fields whose own fields are kept one by one where they were not asked for. Everything else is
/// one value: a list that was asked for comes whole, and so do the address and the payment in it.
pub(crate) const MERGED: [&str; 2] = [PERSONAL, "totals"];

/// Says whether two records have the same fields, those of the merged ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) [u8; 8]);

impl Shape {
    pub(crate) fn of(fields: &Fields<'_>) -> Result<Self, serde_json::Error> {
        let mut digest = Sha256::new();
        let mut add = |name: &str, end: u8| {
            digest.update(name.as_bytes());
            digest.update([end]);
        };
        for (name, value) in &fields.0 {
            add(name, 0);
            if MERGED.contains(name) && value.get().starts_with('{') {
                let inner: Fields<'_> = serde_json::from_str(value.get())?;
                inner.0.iter().for_each(|(name, _)| add(name, 1));
            }
        }
        Ok(Self(first(&digest.finalize())))
    }
}

/// The top-level fields of a JSON object, their values unread. Of one whose names need no escapes,
/// as those of the domain's structs do.
#[derive(Debug)]
pub(crate) struct Fields<'a>(Vec<(&'a str, &'a RawValue)>);

impl Fields<'_> {
    /// The value of a field, as JSON.
    pub(crate) fn json_of(&self, name: &str) -> Option<Vec<u8>> {
        let (_, value) = self.0.iter().find(|(field, _)| *field == name)?;
        Some(value.get().as_bytes().to_vec())
    }

    /// The object without a field, as JSON.
    pub(crate) fn json_without(&self, name: &str) -> Vec<u8> {
        let others = self.0.iter().filter(|(field, _)| *field != name);
        let mut json = vec![b'{'];
        for (number, (field, value)) in others.enumerate() {
            let comma = if number == 0 { "" } else { "," };
            let before = format!("{comma}\"{field}\":");
            json.extend_from_slice(before.as_bytes());
            json.extend_from_slice(value.get().as_bytes());
        }
        json.push(b'}');
        json
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_shape_is_which_fields_there_are_not_what_they_hold() {
        let of = |json: &str| Shape::of(&fields(json)).unwrap();
        assert_eq!(of(r#"{"a":1,"b":{"c":2}}"#), of(r#"{"a":null,"b":[]}"#));
        assert_ne!(of(r#"{"a":1,"b":1}"#), of(r#"{"a":1}"#));
        assert_ne!(of(r#"{"ab":1}"#), of(r#"{"a":1,"b":1}"#));
        assert!(serde_json::from_str::<Fields<'_>>("[]").is_err());
    }

    #[test]
    fn the_fields_of_merged_fields_are_of_the_shape_and_those_of_others_are_not() {
        let of = |json: &str| Shape::of(&fields(json)).unwrap();
        assert_ne!(of(r#"{"totals":{"tax":1}}"#), of(r#"{"totals":{"paid":1}}"#));
        assert_ne!(of(r#"{"totals":{"tax":1}}"#), of(r#"{"totals":{},"tax":1}"#));
        assert_ne!(of(r#"{"personal":{}}"#), of(r#"{"personal":{"name":null}}"#));
        assert_eq!(of(r#"{"risk":{"level":"low"}}"#), of(r#"{"risk":{}}"#));
    }

    #[test]
    fn a_field_is_taken_out_and_the_rest_stays_byte_for_byte() {
        let json = r#"{"id":"1","personal":{"name":"A \"personal\": é"},"extra":{"x":1.50}}"#;
        let all = fields(json);
        assert_eq!(all.json_of("personal").unwrap(), br#"{"name":"A \"personal\": "#.iter()
            .copied().chain("é\"}".bytes()).collect::<Vec<_>>());
        assert_eq!(all.json_without("personal"), br#"{"id":"1","extra":{"x":1.50}}"#);
        assert_eq!(all.json_without("nothing"), json.as_bytes());
        assert_eq!(fields("{}").json_without("personal"), b"{}");
        assert_eq!(all.json_of("nothing"), None);
    }
}
