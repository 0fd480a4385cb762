//! The parameters of an address as PHP reads them: brackets in a name make a tree.

/// How many parameters PHP reads at most (`max_input_vars`).
const PARAMS_MAX: usize = 1_000;
/// How deep a tree may be (`max_input_nesting_level`).
const DEPTH_MAX: usize = 64;

/// A level of a tree of parameters, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(Vec<(String, Param)>);

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Param {
    Text(String),
    Tree(Params),
}

impl Params {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(query: &str) -> Self {
        let mut params = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()).take(PARAMS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(&name.replace('+', " "));
            let value = decoded(&value.replace('+', " "));
            params.put(&steps(&name), value);
        }
        params
    }

    /// The parameter of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, param)| param)
    }

    /// The text of a name; `None` of a tree.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Param::Text(text) => Some(text),
            Param::Tree(_) => None,
        }
    }

    /// The parameters of this level, in the order they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Param)> {
        self.0.iter().map(|(name, param)| (name.as_str(), param))
    }

    fn put(&mut self, steps: &[String], value: String) {
        let Some((first, rest)) = steps.split_first() else { return };
        let name = if first.is_empty() { self.0.len().to_string() } else { first.clone() };
        if !self.0.iter().any(|(found, _)| *found == name) {
            self.0.push((name.clone(), Param::Text(String::new())));
        }
        let Some((_, param)) = self.0.iter_mut().find(|(found, _)| *found == name) else { return };
        if rest.is_empty() {
            *param = Param::Text(value);
            return;
        }
        if !matches!(param, Param::Tree(_)) {
            *param = Param::Tree(Self::default());
        }
        if let Param::Tree(tree) = param {
            tree.put(rest, value);
        }
    }
}

/// `a[b][]` as `a`, `b` and an empty text, which takes the next number.
fn steps(name: &str) -> Vec<String> {
    let Some((base, rest)) = name.split_once('[') else { return vec![name.to_owned()] };
    let mut steps = vec![base.to_owned()];
    for step in rest.split('[').take(DEPTH_MAX) {
        match step.split_once(']') {
            Some((step, _)) => steps.push(step.to_owned()),
            // An open bracket is a part of the name, which nobody asks for.
            None => return vec![name.to_owned()],
        }
    }
    steps
}

/// A text without its percent signs; what is no UTF-8 is replaced.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%'
            && let Some((digits, after)) = after.split_first_chunk::<2>()
            && let Some(byte) = core::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_make_a_tree_whether_they_are_encoded_or_not() {
        for query in ["a[b][0][c]=x+y&a[b][1]=z", "a%5Bb%5D%5B0%5D%5Bc%5D=x%20y&a%5Bb%5D%5B1%5D=z"]
        {
            let params = Params::parse(query);
            let Some(Param::Tree(a)) = params.get("a") else { panic!("{params:?}") };
            let Some(Param::Tree(b)) = a.get("b") else { panic!("{params:?}") };
            let Some(Param::Tree(first)) = b.get("0") else { panic!("{params:?}") };
            assert_eq!(first.text("c"), Some("x y"));
            assert_eq!(b.text("1"), Some("z"));
        }
    }

    #[test]
    fn a_name_without_a_value_is_there_and_the_last_of_two_counts() {
        let params = Params::parse("searchCriteria&a=1&a=2&b[]=x&b[]=y");
        assert_eq!(params.text("searchCriteria"), Some(""));
        assert_eq!(params.text("a"), Some("2"));
        let Some(Param::Tree(b)) = params.get("b") else { panic!("{params:?}") };
        assert_eq!(b.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["0", "1"]);
    }

    proptest! {
        #[test]
        fn no_query_makes_the_parser_panic(query in "\\PC{0,60}", odd in "[a%\\[\\]&=+0-9]{0,40}") {
            drop(Params::parse(&query));
            drop(Params::parse(&odd));
        }
    }
}
