//! What stands behind the question mark of an address.

/// The parameters of a call, decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the question mark; what is no percent escape stays as it is.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// A parameter; given twice, the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A comma-separated parameter; empty where it is absent.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let parts = self.get(name).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    /// The names of all parameters, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every parameter but some, encoded again.
    pub(crate) fn without(&self, names: &[&str]) -> String {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        let kept = kept.map(|(name, value)| ["&", &encoded(name), "=", &encoded(value)].concat());
        kept.collect::<Vec<_>>().concat()
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(byte);
        if let Some(byte) = escape {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn byte(digits: &[u8]) -> Option<u8> {
    let digits = core::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(format!("{byte:02X}").chars());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_are_decoded_and_the_last_of_two_counts() {
        let query = Query::parse(
            "id:in=1,2,,3&date%3Amin=2026-11-22T09%3A00%3A00%2B00%3A00&a+b=c&id:in=4, 5&x",
        );
        assert_eq!(query.list("id:in"), ["4", "5"]);
        assert_eq!(query.get("date:min"), Some("2026-11-22T09:00:00+00:00"));
        assert_eq!(query.get("a b"), Some("c"));
        assert_eq!(query.get("x"), Some(""));
        assert_eq!(query.get("y"), None);
        assert_eq!(query.without(&["id:in", "date:min", "x"]), "&a%20b=c");
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(name in "\\PC{1,20}", value in "\\PC{0,20}") {
            let text = format!("{}={}", encoded(&name), encoded(&value));
            let query = Query::parse(&text);
            prop_assert_eq!(query.get(&name), Some(value.as_str()));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
            drop(Query::parse(&text).without(&[]));
        }
    }
}
