use flyball_connector::decode::{RowError, Text, keep, text};
use flyball_domain::{Discount, Field};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::money::{Bag, amount};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ApplicationNode<'a> {
    #[serde(rename = "__typename")]
    type_name: Field<Value>,
    index: Field<Value>,
    #[serde(borrow)]
    code: Field<Text<'a>>,
    title: Field<Text<'a>>,
    description: Field<Value>,
    allocation_method: Field<Value>,
    target_selection: Field<Value>,
    target_type: Field<Value>,
    value: Field<Value>,
}

const INDEX: &str = "index";

/// Reads a discount on an order. What it comes to is said by its allocations to lines.
pub(super) fn application(node: ApplicationNode<'_>) -> Discount {
    let mut extra = Map::new();
    keep(&mut extra, "__typename", node.type_name);
    keep(&mut extra, INDEX, node.index);
    keep(&mut extra, "description", node.description);
    keep(&mut extra, "allocationMethod", node.allocation_method);
    keep(&mut extra, "targetSelection", node.target_selection);
    keep(&mut extra, "targetType", node.target_type);
    keep(&mut extra, "value", node.value);
    Discount { code: text(node.code), title: text(node.title), amount: Field::Absent, extra }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AllocationNode<'a> {
    #[serde(borrow)]
    allocated_amount_set: Field<Bag<'a>>,
    discount_application: Field<Application>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Application {
    index: Field<Value>,
}

/// What of an order's discounts falls to a line of it.
pub(super) fn allocations(
    nodes: Vec<Option<AllocationNode<'_>>>,
    applications: &[Discount],
) -> Result<Vec<Discount>, RowError> {
    let read = |(at, node): (usize, AllocationNode<'_>)| {
        let at = format!("discountAllocations[{at}].allocatedAmountSet");
        let index = match node.discount_application {
            Field::Value(application) => application.index,
            Field::Absent | Field::Null => Field::Absent,
        };
        let of = applications.iter().find(|all| all.extra.get(INDEX) == index.value());
        let mut extra = Map::new();
        keep(&mut extra, INDEX, index);
        let (code, title) =
            of.map_or((Field::Absent, Field::Absent), |of| (of.code.clone(), of.title.clone()));
        Ok(Discount { code, title, amount: amount(node.allocated_amount_set, &at)?, extra })
    };
    nodes.into_iter().flatten().enumerate().map(read).collect()
}
