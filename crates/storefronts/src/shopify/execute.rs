use std::sync::{Arc, MutexGuard, PoisonError};

use graphql_parser::Pos;
use serde_json::{Map, Value};

use super::bulk::Bulk;
use super::cost::{self, POINT};
use super::page::Page;
use super::problem::Problem;
use super::resolve::{self, Part};
use super::schema::FieldDef;
use super::select::{Picked, Selection, What};
use super::site::Site;
use crate::random::Random;
use crate::stock::{Shown, StockOrder};

/// In a strange answer, one value or object in so many is.
const STRANGE_ONCE_IN: u64 = 6;
const STRANGE_WORD: &str = "SOMETHING_NEW_IN_2031";
const STRANGE_FIELD: &str = "addedIn2031";

/// A value that has fields of its own.
#[derive(Clone, Debug)]
pub(super) enum Object {
    Root,
    Mutation,
    Product(Arc<Shown>),
    Variant(Arc<Shown>, usize),
    InventoryItem(Arc<Shown>, usize),
    MediaImage(Arc<Shown>, usize),
    /// A variant's stock at the place of a location among those that have it.
    InventoryLevel(Arc<Shown>, usize, usize),
    Location(usize),
    Order(Arc<Shown<StockOrder>>, Part),
    /// What a discount of an order takes off one of its lines.
    Allocation(Arc<Shown<StockOrder>>, usize, Box<Value>),
    /// The shipping that a refund of an order gives back.
    RefundShipping(Arc<Shown<StockOrder>>, usize),
    /// One whose fields are all there already.
    Ready(&'static str, Map<String, Value>),
    /// The same, where the schema leaves no choice of its type.
    Nameless(Map<String, Value>),
}

impl Object {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Root => "QueryRoot",
            Self::Mutation => "Mutation",
            Self::Product(_) => "Product",
            Self::Variant(..) => "ProductVariant",
            Self::InventoryItem(..) => "InventoryItem",
            Self::MediaImage(..) => "MediaImage",
            Self::InventoryLevel(..) => "InventoryLevel",
            Self::Location(_) => "Location",
            Self::Order(shown, part) => part.type_name(&shown.item),
            Self::Allocation(..) => "DiscountAllocation",
            Self::RefundShipping(..) => "RefundShippingLine",
            Self::Ready(type_name, _) => type_name,
            Self::Nameless(_) => "",
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// A scalar, a list of scalars, or objects whose fields are all there already.
    Ready(Value),
    One(Object),
    /// As many as were asked for; those that do not exist are null.
    Many(Vec<Option<Object>>),
    Page(Page<Object>),
}

impl Held {
    pub(super) const NULL: Self = Self::Ready(Value::Null);

    pub(super) fn maybe(object: Option<Object>) -> Self {
        object.map_or(Self::NULL, Self::One)
    }
}

impl<T: Into<Value>> From<T> for Held {
    fn from(value: T) -> Self {
        Self::Ready(value.into())
    }
}

/// Whether an answer may hold what no schema promised.
#[derive(Debug)]
pub(super) enum Strangeness {
    No,
    Yes(Random),
}

/// What executing a query came to.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) data: Value,
    pub(super) problems: Vec<Problem>,
    pub(super) search_warnings: Vec<Value>,
    pub(super) cost_micro: u64,
}

/// Reads from the stock what a selection asks for.
pub(super) struct Executor<'a> {
    pub(super) site: Site<'a>,
    strangeness: Strangeness,
    problems: Vec<Problem>,
    search_warnings: Vec<Value>,
}

impl<'a> Executor<'a> {
    pub(super) const fn new(site: Site<'a>, strangeness: Strangeness) -> Self {
        Self { site, strangeness, problems: Vec::new(), search_warnings: Vec::new() }
    }

    pub(super) fn run(mut self, selection: &Selection<'_>) -> Executed {
        let root = match selection.type_name() {
            Some("Mutation") => Object::Mutation,
            Some(_) | None => Object::Root,
        };
        let (data, cost_micro) = self.object(&root, selection);
        Executed {
            data,
            problems: self.problems,
            search_warnings: self.search_warnings,
            cost_micro,
        }
    }

    /// What went wrong so far.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The product of an index, where it is there.
    pub(super) fn product(&self, index: u64) -> Option<Object> {
        Some(Object::Product(Arc::new(self.site.stocked.products.get(index)?)))
    }

    /// A variant of the product of an index, where it is there.
    pub(super) fn variant(&self, index: u64, place: usize) -> Option<Object> {
        let shown = self.site.stocked.products.get(index)?;
        shown.item.variants.get(place)?;
        Some(Object::Variant(Arc::new(shown), place))
    }

    /// The order of an index, where it is there and the token may see it.
    pub(super) fn order(&self, index: u64) -> Option<Object> {
        let shown = self.site.stocked.orders.get(index)?;
        (shown.created_at >= self.site.orders_from_ms)
            .then(|| Object::Order(Arc::new(shown), Part::Whole))
    }

    /// The bulk operations of the shop.
    pub(super) fn bulk(&self) -> MutexGuard<'a, Bulk> {
        self.site.bulk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes why a field of the root can't be answered.
    pub(super) fn refuse(&mut self, picked: &Picked<'_>, message: String) -> Held {
        self.refuse_at(&picked.key, picked.at, message)
    }

    fn refuse_at(&mut self, key: &str, at: Pos, message: String) -> Held {
        let problem = Problem::new(message).at(at).path(&[key.to_owned()]);
        self.problems.push(problem.code("BAD_REQUEST", &[]));
        Held::NULL
    }

    pub(super) fn warn(&mut self, warning: Option<Value>) {
        self.search_warnings.extend(warning);
    }

    fn object(&mut self, object: &Object, selection: &Selection<'_>) -> (Value, u64) {
        self.object_of(object.type_name(), object, selection)
    }

    fn object_of(
        &mut self,
        type_name: &str,
        object: &Object,
        selection: &Selection<'_>,
    ) -> (Value, u64) {
        let mut fields = Map::new();
        let mut cost_micro = 0_u64;
        for picked in selection.of(type_name) {
            let (value, cost) = match picked.what {
                What::TypeName => (type_name.into(), 0),
                What::Field(def) => {
                    let held = self.held(object, picked);
                    let (value, cost) = self.complete(held, picked, def);
                    (self.disturbed(value, type_name, def), cost)
                }
            };
            cost_micro = cost_micro.saturating_add(cost);
            fields.insert(picked.key.clone(), value);
        }
        self.disturb(&mut fields);
        (Value::Object(fields), cost_micro)
    }

    pub(super) fn held(&mut self, object: &Object, picked: &Picked<'_>) -> Held {
        match object {
            Object::Root => resolve::root(self, picked),
            Object::Mutation => resolve::mutation(self, picked),
            Object::Product(shown) => resolve::product(self.site.shop, shown, picked),
            Object::Variant(shown, place) => {
                resolve::variant(self.site.shop, shown, *place, picked)
            }
            Object::InventoryItem(shown, place) => {
                resolve::inventory_item(self.site.shop, shown, *place, picked)
            }
            Object::MediaImage(shown, place) => resolve::media_image(shown, *place, picked),
            Object::InventoryLevel(shown, place, level) => {
                resolve::inventory_level(shown, *place, *level, picked)
            }
            Object::Location(place) => resolve::location(*place, picked),
            Object::Order(shown, part) => resolve::order(self, shown, *part, picked),
            Object::Allocation(shown, discount, amount) => match picked.name() {
                "allocatedAmountSet" => Held::Ready((**amount).clone()),
                "discountApplication" => {
                    Held::One(Object::Order(Arc::clone(shown), Part::Discount(*discount)))
                }
                _ => Held::NULL,
            },
            Object::RefundShipping(shown, refund) => {
                resolve::refund_shipping(self, shown, *refund, picked)
            }
            Object::Ready(_, fields) | Object::Nameless(fields) => {
                fields.get(picked.name()).cloned().unwrap_or_default().into()
            }
        }
    }

    pub(super) fn complete(
        &mut self,
        held: Held,
        picked: &Picked<'_>,
        def: &FieldDef,
    ) -> (Value, u64) {
        let Some(below) = &picked.below else {
            return match held {
                Held::Ready(value) => (value, 0),
                Held::One(_) | Held::Many(_) | Held::Page(_) => (Value::Null, 0),
            };
        };
        let own = cost::of_object(def.ty.name());
        match held {
            Held::Ready(value) => self.ready(value, below, own),
            Held::One(object) => {
                let (value, cost) = self.object(&object, below);
                (value, cost.saturating_add(own))
            }
            Held::Many(objects) => {
                let mut total = 0_u64;
                let values = objects
                    .into_iter()
                    .map(|object| {
                        let Some(object) = object else { return Value::Null };
                        let (value, cost) = self.object(&object, below);
                        total = total.saturating_add(cost).saturating_add(own);
                        value
                    })
                    .collect();
                (values, total)
            }
            Held::Page(page) => self.page(&page, below),
        }
    }

    /// Selects from objects whose fields are all there. A list of them is charged as one.
    fn ready(&mut self, value: Value, below: &Selection<'_>, own: u64) -> (Value, u64) {
        match value {
            Value::Object(fields) => {
                let type_name = below.type_name().unwrap_or_default();
                let (value, cost) = self.object_of(type_name, &Object::Nameless(fields), below);
                (value, cost.saturating_add(own))
            }
            Value::Array(items) => {
                let mut most = 0;
                let values = items
                    .into_iter()
                    .map(|item| {
                        let (value, cost) = self.ready(item, below, own);
                        most = cost.max(most);
                        value
                    })
                    .collect();
                (values, most)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (Value::Null, 0),
        }
    }

    fn page(&mut self, page: &Page<Object>, below: &Selection<'_>) -> (Value, u64) {
        let type_name = below.type_name().unwrap_or_default();
        let mut fields = Map::new();
        let mut cost_micro = 0_u64;
        for part in below.of(type_name) {
            let (value, cost) = match (part.name(), &part.below) {
                ("nodes", Some(node)) => self.nodes(page, |executor, _, object| {
                    let (value, cost) = executor.object(object, node);
                    (value, cost.saturating_add(POINT))
                }),
                ("edges", Some(edge)) => {
                    self.nodes(page, |executor, cursor, object| executor.edge(cursor, object, edge))
                }
                ("pageInfo", Some(info)) => {
                    let cursor = |row: Option<&(super::page::Cursor, Object)>| {
                        row.map_or(Value::Null, |(cursor, _)| cursor.encode().into())
                    };
                    let mut values = Map::new();
                    values.insert("endCursor".to_owned(), cursor(page.rows.last()));
                    values.insert("hasNextPage".to_owned(), page.has_next.into());
                    values.insert("hasPreviousPage".to_owned(), page.has_previous.into());
                    values.insert("startCursor".to_owned(), cursor(page.rows.first()));
                    let (value, _) = self.object(&Object::Ready("PageInfo", values), info);
                    (value, POINT)
                }
                ("__typename", _) => (type_name.into(), 0),
                _ => (Value::Null, 0),
            };
            cost_micro = cost_micro.saturating_add(cost);
            fields.insert(part.key.clone(), value);
        }
        (Value::Object(fields), cost_micro)
    }

    /// The rows of a page, charged as a connection of so many nodes that cost what these cost on
    /// average.
    fn nodes(
        &mut self,
        page: &Page<Object>,
        mut node: impl FnMut(&mut Self, &super::page::Cursor, &Object) -> (Value, u64),
    ) -> (Value, u64) {
        let count = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        let mut total = 0_u64;
        let values = page
            .rows
            .iter()
            .map(|(cursor, object)| {
                let (value, cost) = node(self, cursor, object);
                total = total.saturating_add(cost);
                value
            })
            .collect();
        let average = total.checked_div(count).unwrap_or(0);
        (values, cost::times(cost::connection_size(count), average))
    }

    fn edge(
        &mut self,
        cursor: &super::page::Cursor,
        object: &Object,
        below: &Selection<'_>,
    ) -> (Value, u64) {
        let type_name = below.type_name().unwrap_or_default();
        let mut fields = Map::new();
        let mut cost_micro = 0_u64;
        for part in below.of(type_name) {
            let value = match (part.name(), &part.below) {
                ("node", Some(node)) => {
                    let (value, cost) = self.object(object, node);
                    cost_micro = cost_micro.saturating_add(cost).saturating_add(POINT);
                    value
                }
                ("cursor", _) => cursor.encode().into(),
                ("__typename", _) => type_name.into(),
                _ => Value::Null,
            };
            fields.insert(part.key.clone(), value);
        }
        (Value::Object(fields), cost_micro)
    }

    /// In a strange answer, a value that may be null sometimes is, and an enum sometimes has a word
    /// that is not in the schema. What a client pages by stays sound.
    fn disturbed(&mut self, value: Value, type_name: &str, def: &FieldDef) -> Value {
        let Strangeness::Yes(random) = &mut self.strangeness else { return value };
        if ["QueryRoot", "Mutation", "PageInfo"].contains(&type_name)
            || !random.once_in(STRANGE_ONCE_IN)
        {
            return value;
        }
        if self.site.schema.words(def.ty.name()).is_some() && value.is_string() {
            STRANGE_WORD.into()
        } else if def.ty.is_non_null() {
            value
        } else {
            Value::Null
        }
    }

    fn disturb(&mut self, fields: &mut Map<String, Value>) {
        if let Strangeness::Yes(random) = &mut self.strangeness
            && random.once_in(STRANGE_ONCE_IN)
        {
            fields.insert(STRANGE_FIELD.to_owned(), serde_json::json!({"a": [1, null, "x"]}));
        }
    }
}
