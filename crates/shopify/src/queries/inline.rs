/// A query with its named fragments written out where they are used, one within the other.
pub(super) fn inline(query: &str, fragments: &str) -> String {
    let mut text = query.to_owned();
    let all: Vec<Fragment<'_>> = fragments.split("fragment ").filter_map(fragment).collect();
    // Each pass goes one level deeper; there are no more levels than fragments.
    for _ in &all {
        for fragment in &all {
            let written_out = format!("... on {} {{{}}}", fragment.on, fragment.fields);
            text = text.replace(&format!("...{} ", fragment.name), &format!("{written_out} "));
            text = text.replace(&format!("...{}\n", fragment.name), &format!("{written_out}\n"));
        }
    }
    text
}

struct Fragment<'a> {
    name: &'a str,
    on: &'a str,
    fields: &'a str,
}

/// `Name on Type { fields }`, with whatever follows the last brace left out.
fn fragment(text: &str) -> Option<Fragment<'_>> {
    let (head, rest) = text.split_once('{')?;
    let (name, on) = head.trim().split_once(" on ")?;
    let (fields, _) = rest.rsplit_once('}')?;
    Some(Fragment { name, on: on.trim(), fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_written_out_one_within_the_other() {
        let fragments = "fragment A on X { a ...B }\nfragment B on Y {\n  b { c }\n}\n";
        assert_eq!(
            inline("{ x { ...A } }", fragments),
            "{ x { ... on X { a ... on Y {\n  b { c }\n} } } }"
        );
    }
}
