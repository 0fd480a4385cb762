//! What a route's answer holds.

use serde_json::{Value, json};

use super::catalog::source_items;
use super::condition::{Cell, time_text};
use super::criteria::Criteria;
use super::fields::Fields;
use super::ids::{index, number as id_of, parent};
use super::listing::{Found, Table, cell, member};
use super::order::Sale;
use super::page::{PastTheEnd, Window};
use super::params::Params;
use super::problem::Problem;
use super::product::{Detail, Shelves, stock_item, stock_status, type_id};
use super::rest::Rest;
use super::route::Route;
use super::rows::RowSearch;
use super::shop::{modules, views};
use super::tables;
use super::vocabulary::Input;
use crate::stock::{Row, Shown, StockOrder};
use crate::vendor::MagentoVersion;

const PRODUCT_CLASS: &str = "Magento\\Catalog\\Model\\Product\\Interceptor";
const ORDER_CLASS: &str = "Magento\\Sales\\Model\\Order\\Interceptor";

/// What belongs to an order and has a list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belonging {
    Item,
    Creditmemo,
    Shipment,
    Invoice,
    Transaction,
}

impl Belonging {
    const fn table(self) -> Table<'static> {
        match self {
            Self::Item => tables::ITEMS,
            Self::Creditmemo | Self::Shipment | Self::Invoice => tables::BELONGINGS,
            Self::Transaction => tables::TRANSACTIONS,
        }
    }
}

/// A store as one call sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) rest: &'a Rest,
    pub(super) shelves: Shelves<'a>,
    /// The index of the product, and of the order, that no page can hold.
    pub(super) poison: Option<u64>,
    /// What of the answer is asked for; `None` for all of it.
    pub(super) fields: Option<&'a Fields>,
}

impl View<'_> {
    pub(super) fn answer(&self, route: &Route, params: &Params) -> Result<Value, Problem> {
        match route {
            Route::Products => self.products(&self.search(params)?),
            Route::Product(sku) => self.product(sku),
            Route::Choices(sku) => self.choices(sku),
            Route::ConfigurableOptions(sku) => {
                let shown = self.of_type(sku, "configurable")?;
                Ok(self.shelves.options(&shown))
            }
            Route::BundleOptions(sku) => {
                let shown = self.of_type(sku, "bundle")?;
                Ok(self.shelves.bundle_options(&shown))
            }
            Route::StockItem(sku) => Ok(stock_item(&self.shown(sku)?)),
            Route::StockStatus(sku) => Ok(stock_status(&self.shown(sku)?)),
            Route::Orders => self.orders(&self.search(params)?),
            Route::Order(id) => self.order(*id),
            Route::OrderComments(id) => self.order_comments(*id),
            Route::OrderItems => self.of_orders(Belonging::Item, params),
            Route::OrderItem(id) => self.one_of_order(Belonging::Item, *id),
            Route::Creditmemos => self.of_orders(Belonging::Creditmemo, params),
            Route::Creditmemo(id) => self.one_of_order(Belonging::Creditmemo, *id),
            Route::Shipments => self.of_orders(Belonging::Shipment, params),
            Route::Shipment(id) => self.one_of_order(Belonging::Shipment, *id),
            Route::Invoices => self.of_orders(Belonging::Invoice, params),
            Route::Invoice(id) => self.one_of_order(Belonging::Invoice, *id),
            Route::Transactions => self.of_orders(Belonging::Transaction, params),
            Route::Transaction(id) => self.one_of_order(Belonging::Transaction, *id),
            Route::SourceItems => self.source_items(&self.search(params)?),
            Route::Sources => self.sources(params),
            Route::Source(code) => Self::source(code),
            Route::Attributes => self.attributes(params),
            Route::Attribute(code) => self.attribute(code),
            Route::AttributeOptions(code) => self.attribute_options(code),
            Route::AttributeSets => self.attribute_sets(params),
            Route::CategoryTree => self.category_tree(params),
            Route::Categories => self.categories(params),
            Route::Category(id) => self.category(*id),
            Route::CategoryProducts(id) => self.category_products(*id),
            Route::StoreConfigs => Ok(self.rest.shop.configs()),
            Route::StoreGroups => Ok(self.rest.shop.groups()),
            Route::StoreViews => Ok(views()),
            Route::Websites => Ok(self.rest.shop.websites()),
            Route::Modules => Ok(modules()),
        }
    }

    /// The search that a list can't be asked for without.
    pub(super) fn search(&self, params: &Params) -> Result<Criteria, Problem> {
        let criteria = Criteria::parse(params, self.rest.habits.page_size_max)?;
        criteria.ok_or_else(|| Problem::required(&["searchCriteria"]))
    }

    fn shown(&self, sku: &str) -> Result<Shown, Problem> {
        let stocked = self.shelves.stocked;
        let found = stocked.index_of_sku(sku).and_then(|index| stocked.products.get(index));
        let found = found.ok_or_else(Problem::no_such_product)?;
        match self.poison {
            Some(index) if index == found.index => {
                Err(Problem::loaded_twice(PRODUCT_CLASS, id_of(index)))
            }
            Some(_) | None => Ok(found),
        }
    }

    fn of_type(&self, sku: &str, word: &str) -> Result<Shown, Problem> {
        let shown = self.shown(sku)?;
        if type_id(&shown.item) == word { Ok(shown) } else { Err(Problem::not_of_type(word)) }
    }

    fn product(&self, sku: &str) -> Result<Value, Problem> {
        Ok(self.shelves.product(&self.shown(sku)?, Detail::Alone))
    }

    /// The choices of a configurable product; none of any other.
    fn choices(&self, sku: &str) -> Result<Value, Problem> {
        let shown = self.shown(sku)?;
        let crate::stock::ProductKind::Configurable { children } = &shown.item.kind else {
            return Ok(json!([]));
        };
        let children =
            children.iter().filter_map(|index| self.shelves.stocked.products.get(*index));
        Ok(children.map(|child| self.shelves.choice(&child)).collect())
    }

    /// Whether of each row only its id and its times are asked for, which need no look into it.
    fn asks_for_rows(&self, id: &str) -> bool {
        self.fields.is_some_and(|fields| fields.is_of_rows(&[id, "created_at", "updated_at"]))
    }

    /// A page that holds a broken row is none.
    fn check_poison(&self, ids: impl Iterator<Item = u64>, class: &str) -> Result<(), Problem> {
        let Some(poison) = self.poison.map(id_of) else { return Ok(()) };
        let mut ids = ids;
        if ids.any(|id| id == poison) { Err(Problem::loaded_twice(class, poison)) } else { Ok(()) }
    }

    fn products(&self, criteria: &Criteria) -> Result<Value, Problem> {
        let vocabulary = self.shelves.vocabulary;
        let codes = vocabulary.attributes().map(|(code, _)| code);
        let columns: Vec<&str> = tables::PRODUCTS.columns.iter().copied().chain(codes).collect();
        let table = Table { columns: &columns, ..tables::PRODUCTS };
        table.check(criteria)?;
        let shelf = &self.shelves.stocked.products;
        let criteria_told = criteria;
        let criteria = &criteria.by_category();
        let found = if let Some(search) = RowSearch::of(criteria) {
            let total = search.count(shelf);
            let window = Window::of(criteria.page_size, criteria.page, total, table.past_the_end);
            let rows = search.page(shelf, &window, self.rest.seed);
            self.check_poison(rows.iter().map(|row| id_of(row.index)), PRODUCT_CLASS)?;
            let items = if self.asks_for_rows("id") {
                rows.iter().map(|row| line(row, "id")).collect()
            } else {
                let shown = rows.iter().filter_map(|row| shelf.get(row.index));
                shown.map(|shown| self.shelves.product(&shown, Detail::Listed)).collect()
            };
            Found { items, total }
        } else {
            let indexes = self.by_sku(criteria);
            let shown = indexes.filter_map(|index| shelf.get(index));
            let rows = shown.map(|shown| self.shelves.product(&shown, Detail::Listed)).collect();
            let cell = |row: &Value, column: &str| self.product_cell(row, column);
            let found = table.search(rows, criteria, cell, self.rest.seed);
            let ids = found.items.iter().filter_map(|row| row.get("id")?.as_u64());
            self.check_poison(ids, PRODUCT_CLASS)?;
            found
        };
        Ok(page(criteria_told, &found))
    }

    /// The indexes that a search for stock-keeping units leaves, in order; all of them where one
    /// is not found as it is written, for the database minds no case.
    fn by_sku(&self, criteria: &Criteria) -> Box<dyn Iterator<Item = u64> + '_> {
        let stocked = self.shelves.stocked;
        let skus = criteria.listed("sku");
        let known: Option<Vec<u64>> =
            skus.and_then(|skus| skus.iter().map(|sku| stocked.index_of_sku(sku)).collect());
        match known {
            Some(mut indexes) => {
                indexes.sort_unstable();
                indexes.dedup();
                Box::new(indexes.into_iter())
            }
            None => Box::new(0..stocked.products.end()),
        }
    }

    fn product_cell(&self, row: &Value, column: &str) -> Cell {
        match column {
            "entity_id" => member(row, "id"),
            "store_id" | "website_id" | "store" => Cell::Number(1.into()),
            _ if row.get(column).is_some() => member(row, column),
            _ => {
                let attributes = row.get("custom_attributes").and_then(Value::as_array);
                let mut attributes = attributes.into_iter().flatten();
                let value = attributes
                    .find(|known| known.get("attribute_code").is_some_and(|code| code == column))
                    .and_then(|known| known.get("value"));
                let input = self.shelves.vocabulary.attribute(column).map(|known| known.input);
                match (value.map_or(Cell::Null, cell), input) {
                    (Cell::Text(text), Some(Input::Price)) => {
                        Cell::Number(super::condition::number_of(&text))
                    }
                    (cell, _) => cell,
                }
            }
        }
    }

    fn belongings(&self, which: Belonging, shown: &Shown<StockOrder>) -> Vec<Value> {
        let sale = Sale::new(self.shelves, shown);
        match which {
            Belonging::Item => sale.items.iter().map(|item| sale.item_json(item)).collect(),
            Belonging::Creditmemo => sale.creditmemos(),
            Belonging::Shipment => sale.shipments(),
            Belonging::Invoice => sale.invoices(),
            Belonging::Transaction => sale.transactions(),
        }
    }

    fn past_the_end_of_orders(&self) -> PastTheEnd {
        match self.rest.version {
            MagentoVersion::Before24 => PastTheEnd::LastPage,
            MagentoVersion::From24 => PastTheEnd::Nothing,
        }
    }

    fn orders(&self, criteria: &Criteria) -> Result<Value, Problem> {
        let table = Table { past_the_end: self.past_the_end_of_orders(), ..tables::ORDERS };
        table.check(criteria)?;
        let shelf = &self.shelves.stocked.orders;
        let render = |shown: Shown<StockOrder>| Sale::new(self.shelves, &shown).order();
        let found = if let Some(search) = RowSearch::of(criteria) {
            let total = search.count(shelf);
            let window = Window::of(criteria.page_size, criteria.page, total, table.past_the_end);
            let rows = search.page(shelf, &window, self.rest.seed);
            self.check_poison(rows.iter().map(|row| id_of(row.index)), ORDER_CLASS)?;
            let items = if self.asks_for_rows("entity_id") {
                rows.iter().map(|row| line(row, "entity_id")).collect()
            } else {
                rows.iter().filter_map(|row| shelf.get(row.index)).map(render).collect()
            };
            Found { items, total }
        } else {
            let rows = self.by_increment(criteria).filter_map(|index| shelf.get(index));
            let found = table.search(rows.map(render).collect(), criteria, member, self.rest.seed);
            let ids = found.items.iter().filter_map(|row| row.get("entity_id")?.as_u64());
            self.check_poison(ids, ORDER_CLASS)?;
            found
        };
        Ok(page(criteria, &found))
    }

    /// The indexes that a search for numbers leaves.
    fn by_increment(&self, criteria: &Criteria) -> Box<dyn Iterator<Item = u64>> {
        match criteria.listed("increment_id") {
            Some(numbers) => {
                let numbers = numbers.iter().filter_map(|number| index(number.parse().ok()?));
                let mut indexes: Vec<u64> = numbers.collect();
                indexes.sort_unstable();
                indexes.dedup();
                Box::new(indexes.into_iter())
            }
            None => Box::new(0..self.shelves.stocked.orders.end()),
        }
    }

    fn shown_order(&self, id: u64) -> Result<Shown<StockOrder>, Problem> {
        let found = index(id).and_then(|index| self.shelves.stocked.orders.get(index));
        let found = found.ok_or_else(Problem::no_such_entity)?;
        self.check_poison(core::iter::once(id), ORDER_CLASS)?;
        Ok(found)
    }

    fn order(&self, id: u64) -> Result<Value, Problem> {
        Ok(Sale::new(self.shelves, &self.shown_order(id)?).order())
    }

    fn order_comments(&self, id: u64) -> Result<Value, Problem> {
        let items = Sale::new(self.shelves, &self.shown_order(id)?).comments();
        let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
        Ok(page(&Criteria::all(), &Found { items, total }))
    }

    /// A list of what belongs to orders.
    fn of_orders(&self, which: Belonging, params: &Params) -> Result<Value, Problem> {
        let criteria = &self.search(params)?;
        let table = &which.table();
        table.check(criteria)?;
        let shelf = &self.shelves.stocked.orders;
        let rows: Vec<Value> = self
            .owners(criteria, table)
            .into_iter()
            .filter_map(|row| shelf.get(row.index))
            .flat_map(|shown| self.belongings(which, &shown))
            .collect();
        Ok(page(criteria, &table.search(rows, criteria, member, self.rest.seed)))
    }

    /// The orders that what is searched for can belong to.
    fn owners(&self, criteria: &Criteria, table: &Table<'_>) -> Vec<Row> {
        let shelf = &self.shelves.stocked.orders;
        let id = table.unique.first().copied().unwrap_or_default();
        if let Some(ids) = criteria.listed(id) {
            let owners = ids.iter().filter_map(|id| parent(id.parse().ok()?));
            let mut indexes: Vec<u64> = owners.map(|(index, _)| index).collect();
            indexes.sort_unstable();
            indexes.dedup();
            return indexes.into_iter().filter_map(|index| shelf.row(index)).collect();
        }
        let Some(search) = RowSearch::of(&criteria.about_owners("order_id")) else {
            return Vec::new();
        };
        let window = Window::of(None, 1, shelf.len(), PastTheEnd::Nothing);
        search.page(shelf, &window, self.rest.seed)
    }

    fn one_of_order(&self, which: Belonging, id: u64) -> Result<Value, Problem> {
        let owner = parent(id).and_then(|(index, _)| self.shelves.stocked.orders.get(index));
        let all = owner.map_or_else(Vec::new, |shown| self.belongings(which, &shown));
        let column = which.table().unique.first().copied().unwrap_or_default();
        let is_it = |one: &Value| one.get(column).and_then(Value::as_u64) == Some(id);
        all.into_iter().find(is_it).ok_or_else(Problem::no_such_entity)
    }

    fn source_items(&self, criteria: &Criteria) -> Result<Value, Problem> {
        let table = tables::SOURCE_ITEMS;
        table.check(criteria)?;
        let shelf = &self.shelves.stocked.products;
        let shown = self.by_sku(criteria).filter_map(|index| shelf.get(index));
        let rows = shown.flat_map(|shown| source_items(&shown)).collect();
        Ok(page(criteria, &table.search(rows, criteria, member, self.rest.seed)))
    }
}

/// What is told of a row that is not looked into.
fn line(row: &Row, id: &str) -> Value {
    json!({
        id: id_of(row.index),
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
    })
}

/// The answer of a list.
pub(super) fn page(criteria: &Criteria, found: &Found) -> Value {
    json!({
        "items": found.items,
        "search_criteria": criteria.echo(),
        "total_count": found.total,
    })
}
