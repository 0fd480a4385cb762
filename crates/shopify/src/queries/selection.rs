use std::collections::BTreeMap;
use std::sync::LazyLock;

use flyball_domain::Kind;

use super::inline::inline;
use super::{List, text};

/// The fields that a query asks for, each with those within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection(BTreeMap<String, Selection>);

impl Selection {
    /// What is asked of a field; `None` where it is not asked for.
    pub(crate) fn of(&self, name: &str) -> Option<&Self> {
        self.0.get(name)
    }

    fn add(&mut self, name: &str, of: Self) {
        let mine = self.0.entry(name.to_owned()).or_default();
        for (name, of) in of.0 {
            mine.add(&name, of);
        }
    }
}

/// What this connector asks for of a record, all in all.
pub(crate) fn of_record(kind: Kind) -> &'static Selection {
    static PRODUCT: LazyLock<Selection> =
        LazyLock::new(|| nodes_of(text::texts(Kind::Products).page, "list"));
    static ORDER: LazyLock<Selection> = LazyLock::new(|| {
        let mut order = nodes_of(text::texts(Kind::Orders).page, "list");
        let returns = read(text::more(List::Returns));
        let list = returns.of("node").and_then(|node| node.of("list")).cloned();
        order.add("returns", list.unwrap_or_default());
        order
    });
    match kind {
        Kind::Products => &PRODUCT,
        Kind::Orders => &ORDER,
    }
}

fn nodes_of(query: &str, list: &str) -> Selection {
    let all = read(query);
    all.of(list).and_then(|list| list.of("nodes")).cloned().unwrap_or_default()
}

/// Reads a query of ours.
fn read(query: &str) -> Selection {
    let (operation, fragments) = query.split_once("\nfragment ").unwrap_or((query, ""));
    let text = inline(operation, &format!("fragment {fragments}"));
    let body = text.split_once('{').map_or("", |(_, body)| body);
    fields(&mut words(body).into_iter())
}

/// Names, braces and the dots of a type condition; arguments, and the names of aliased fields, are
/// left out.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    let mut depth = 0_usize;
    let is_part = |c: char| c.is_alphanumeric() || "_.:".contains(c);
    for part in text.split_inclusive(|c: char| !is_part(c)) {
        let (word, end) = match part.char_indices().next_back() {
            Some((at, end)) if !is_part(end) => (part.get(..at).unwrap_or_default(), end),
            _ => (part, ' '),
        };
        if depth == 0 && !word.is_empty() {
            let is_aliased = words.last().is_some_and(|last| last.ends_with(':'));
            if !is_aliased {
                words.push(word);
            } else if let Some(last) = words.last_mut() {
                *last = last.trim_end_matches(':');
            }
        }
        match end {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => words.push("{"),
            '}' if depth == 0 => words.push("}"),
            _ => {}
        }
    }
    words
}

/// The fields up to the closing brace.
fn fields<'a>(words: &mut impl Iterator<Item = &'a str>) -> Selection {
    let mut all = Selection::default();
    let mut last: Option<&str> = None;
    while let Some(word) = words.next() {
        match word {
            "{" => {
                let of = fields(words);
                match last.take() {
                    Some(name) => all.add(name, of),
                    None => of.0.into_iter().for_each(|(name, of)| all.add(&name, of)),
                }
            }
            "}" => break,
            "..." => {
                // `on` and the type: what follows is of the object around it.
                let _on = words.next();
                let _type = words.next();
                last = None;
            }
            name => {
                all.add(name, Selection::default());
                last = Some(name);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(selection: &Selection, path: &str) -> bool {
        let mut at = selection;
        for name in path.split('.') {
            let Some(of) = at.of(name) else { return false };
            at = of;
        }
        true
    }

    #[test]
    fn what_is_asked_for_is_read_from_the_queries_themselves() {
        let product = of_record(Kind::Products);
        for path in [
            "id",
            "seo.title",
            "variants.nodes.inventoryItem.inventoryLevels.nodes.quantities.name",
            "media.nodes.image.url",
            "collections.pageInfo.endCursor",
        ] {
            assert!(at(product, path), "{path}");
        }
        for path in ["bodyHtml", "seo.handle", "first", "on", "Product", "variants.nodes.product"] {
            assert!(!at(product, path), "{path}");
        }
        let order = of_record(Kind::Orders);
        for path in [
            "lineItems.nodes.discountAllocations.discountApplication.index",
            "refunds.refundLineItems.nodes.subtotalSet.shopMoney.amount",
            "returns.nodes.returnLineItems.nodes.fulfillmentLineItem.lineItem.id",
        ] {
            assert!(at(order, path), "{path}");
        }
    }
}
