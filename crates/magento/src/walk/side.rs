//! What a page's records need beside the page: one call for all of them at a time.

use flyball_domain::VendorId;
use serde::{Deserialize, Serialize};

use super::state::Optional;
use crate::decode::Related;
use crate::pace::Shape;
use crate::query::{Condition, Filter, INDEX_MAX, Search};
use crate::site::Scope;

/// The most rows that a store with its input limits on gives at once
/// (<https://developer.adobe.com/commerce/webapi/get-started/api-security/>).
pub(super) const ROWS_MAX: u32 = 300;
/// The most bytes of values in one filter: web servers take request lines of 8 KB.
const VALUES_BYTES_MAX: usize = 4_000;

/// A question beside a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    /// The names of categories, by their ids.
    Categories { ids: Vec<String> },
    /// The names of the values of attributes, by the attributes' ids.
    Labels { ids: Vec<String> },
    /// Stock by source, by SKU; `page` from 1.
    Stock { skus: Vec<String>, page: u32, doubt: Doubt },
    /// What belongs to orders, by the orders' ids; `after` is the last row's own id.
    Related { related: Related, ids: Vec<VendorId>, after: Option<VendorId>, doubt: Doubt },
    /// The store itself: whether it is there at all.
    Alive,
}

/// Whether a question that can't be made smaller has failed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Doubt {
    /// It has not.
    None,
    /// It has, when so many answers had come; if more have come since, the store is alive and it is
    /// the question's own fault.
    Failed { successes: u64 },
}

impl Doubt {
    /// Whether it is the question's own fault, now that so many answers have come.
    pub(super) const fn is_sure(self, successes: u64) -> bool {
        match self {
            Self::None => false,
            Self::Failed { successes: before } => successes > before,
        }
    }
}

impl Side {
    /// What the walk can do without, of which this is a part.
    pub(super) const fn optional(&self) -> Option<Optional> {
        match self {
            Self::Categories { .. } => Some(Optional::Categories),
            Self::Labels { .. } => Some(Optional::Labels),
            Self::Stock { .. } => Some(Optional::Stock),
            Self::Related { related, .. } => Some(Optional::Related(*related)),
            Self::Alive => None,
        }
    }

    pub(super) const fn shape(&self) -> Shape {
        match self {
            Self::Categories { .. } | Self::Labels { .. } | Self::Alive => Shape::Facts,
            Self::Stock { .. } | Self::Related { .. } => Shape::Related,
        }
    }

    /// For how many records' sake it is asked.
    pub(super) fn rows(&self) -> u32 {
        let rows = match self {
            Self::Categories { ids } | Self::Labels { ids } => ids.len(),
            Self::Stock { skus, .. } => skus.len(),
            Self::Related { ids, .. } => ids.len(),
            Self::Alive => 0,
        };
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    /// Scope, resource and search, by pages of at most so many rows.
    pub(super) fn search(&self, rows_max: u32) -> (Scope, &'static str, Search) {
        let one = |field, values: String| vec![vec![Filter::new(field, Condition::In, values)]];
        match self {
            Self::Categories { ids } => {
                let search = Search {
                    groups: one("entity_id", ids.join(",")),
                    page_size: self.rows().min(rows_max),
                    page: 1,
                    fields: Some("items[id,name],total_count"),
                    ..Search::default()
                };
                (Scope::Admin, "categories/list", search)
            }
            Self::Labels { ids } => {
                let search = Search {
                    groups: one("attribute_id", ids.join(",")),
                    page_size: self.rows().min(rows_max),
                    page: 1,
                    fields: Some("items[attribute_id,options[label,value]],total_count"),
                    ..Search::default()
                };
                (Scope::Admin, "products/attributes", search)
            }
            Self::Stock { skus, page, doubt: _ } => {
                let search = Search {
                    groups: vec![sku_filters(skus)],
                    sort: &["source_item_id"],
                    page_size: rows_max,
                    page: *page,
                    fields: None,
                };
                (Scope::Default, "inventory/source-items", search)
            }
            Self::Related { related, ids, after, doubt: _ } => {
                let ids: Vec<&str> = ids.iter().map(VendorId::as_str).collect();
                let mut groups = one("order_id", ids.join(","));
                if let Some(after) = after {
                    groups.push(vec![Filter::new(related.id(), Condition::Gt, after.as_str())]);
                }
                let sort: &[&str] = match related {
                    Related::Transactions => &["transaction_id"],
                    Related::CreditMemos
                    | Related::Shipments
                    | Related::Invoices
                    | Related::Returns => &["entity_id"],
                };
                let search = Search { groups, sort, page_size: rows_max, page: 1, fields: None };
                (Scope::Default, related.resource(), search)
            }
            Self::Alive => (Scope::Default, "store/storeConfigs", Search::default()),
        }
    }
}

/// A store splits the values of `in` at commas, so a SKU with a comma is compared on its own; one of
/// a group's filters must hold.
fn sku_filters(skus: &[String]) -> Vec<Filter> {
    let (with, without): (Vec<&String>, Vec<&String>) =
        skus.iter().partition(|sku| sku.contains(','));
    let plain: Vec<&str> = without.into_iter().map(String::as_str).collect();
    let plain = (!plain.is_empty()).then(|| Filter::new("sku", Condition::In, plain.join(",")));
    let single = with.into_iter().map(|sku| Filter::new("sku", Condition::Eq, sku.as_str()));
    plain.into_iter().chain(single).collect()
}

/// SKUs in groups that each fit one request.
pub(super) fn sku_groups(skus: Vec<String>) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    let (mut bytes, mut commas) = (0, 0);
    for sku in skus {
        let own = crate::query::encode(&sku).len().saturating_add("%2C".len());
        let comma = usize::from(sku.contains(','));
        let fits = bytes > 0
            && own.saturating_add(bytes) <= VALUES_BYTES_MAX
            && comma.saturating_add(commas) < INDEX_MAX;
        if !fits {
            groups.push(Vec::new());
            (bytes, commas) = (0, 0);
        }
        bytes = bytes.saturating_add(own);
        commas = commas.saturating_add(comma);
        if let Some(group) = groups.last_mut() {
            group.push(sku);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_with_a_comma_is_compared_on_its_own() {
        let skus = ["a", "b,c", "d"].map(str::to_owned);
        let filters = sku_filters(&skus);
        assert_eq!(filters.len(), 2);
        assert_eq!(filters[0], Filter::new("sku", Condition::In, "a,d"));
        assert_eq!(filters[1], Filter::new("sku", Condition::Eq, "b,c"));
    }

    #[test]
    fn skus_are_asked_for_in_groups_that_fit_a_request_and_none_is_lost() {
        let long: Vec<String> = (0..250).map(|n| format!("{n:064}é")).collect();
        let groups = sku_groups(long.clone());
        assert_eq!(groups.concat(), long);
        for group in &groups {
            let side = Side::Stock { skus: group.clone(), page: 1, doubt: Doubt::None };
            assert!(side.search(ROWS_MAX).2.query().len() < 5_000);
        }
        let commas: Vec<String> = (0..25).map(|n| format!("{n},x")).collect();
        let groups = sku_groups(commas.clone());
        assert_eq!(groups.concat(), commas);
        assert!(groups.iter().all(|group| sku_filters(group).len() <= INDEX_MAX));
    }
}
