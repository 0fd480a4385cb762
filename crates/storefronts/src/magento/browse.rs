//! What is asked about a catalog besides its products.

use serde_json::Value;

use super::catalog;
use super::criteria::Criteria;
use super::listing::{Table, member};
use super::params::Params;
use super::problem::Problem;
use super::shop::sources;
use super::tables;
use super::view::{View, page};
use super::vocabulary::{Attribute, Vocabulary};

impl View<'_> {
    fn vocabulary(&self) -> Vocabulary {
        self.rest.whole_vocabulary(self.shelves.stocked)
    }

    /// A list of rows that are all there is.
    fn list(&self, table: &Table<'_>, rows: Vec<Value>, params: &Params) -> Result<Value, Problem> {
        let criteria = self.search(params)?;
        table.check(&criteria)?;
        Ok(page(&criteria, &table.search(rows, &criteria, member, self.rest.seed)))
    }

    /// The only list that can be had without a search.
    pub(super) fn sources(&self, params: &Params) -> Result<Value, Problem> {
        let criteria = Criteria::parse(params, self.rest.habits.page_size_max)?;
        let criteria = criteria.unwrap_or_else(Criteria::all);
        let table = tables::SOURCES;
        table.check(&criteria)?;
        Ok(page(&criteria, &table.search(sources(), &criteria, member, self.rest.seed)))
    }

    pub(super) fn source(code: &str) -> Result<Value, Problem> {
        let is_it = |source: &Value| source.get("source_code").is_some_and(|known| known == code);
        let found = sources().into_iter().find(is_it);
        found.ok_or_else(|| Problem::no_such("source_code", code))
    }

    pub(super) fn attributes(&self, params: &Params) -> Result<Value, Problem> {
        self.list(&tables::ATTRIBUTES, catalog::attributes(&self.vocabulary()), params)
    }

    pub(super) fn attribute(&self, code: &str) -> Result<Value, Problem> {
        let vocabulary = self.vocabulary();
        Ok(catalog::attribute(code, known(&vocabulary, code)?))
    }

    pub(super) fn attribute_options(&self, code: &str) -> Result<Value, Problem> {
        let vocabulary = self.vocabulary();
        Ok(catalog::choices(known(&vocabulary, code)?))
    }

    pub(super) fn attribute_sets(&self, params: &Params) -> Result<Value, Problem> {
        self.list(&tables::SETS, catalog::sets(&self.vocabulary()), params)
    }

    pub(super) fn categories(&self, params: &Params) -> Result<Value, Problem> {
        let criteria = self.search(params)?;
        let table = tables::CATEGORIES;
        table.check(&criteria)?;
        let cell = |row: &Value, column: &str| {
            member(row, if column == "entity_id" { "id" } else { column })
        };
        let rows = catalog::categories(&self.vocabulary());
        Ok(page(&criteria, &table.search(rows, &criteria, cell, self.rest.seed)))
    }

    pub(super) fn category(&self, id: u64) -> Result<Value, Problem> {
        let is_it = |row: &Value| row.get("id").and_then(Value::as_u64) == Some(id);
        let found = catalog::categories(&self.vocabulary()).into_iter().find(is_it);
        found.ok_or_else(|| no_category(id))
    }

    pub(super) fn category_products(&self, id: u64) -> Result<Value, Problem> {
        let collection = id.checked_sub(2).ok_or_else(|| no_category(id))?;
        let members = catalog::members(self.shelves.stocked, collection).enumerate();
        Ok(members.map(|(place, shown)| catalog::member(&shown, id, place)).collect())
    }

    pub(super) fn category_tree(&self, params: &Params) -> Result<Value, Problem> {
        let (root, depth) = (number(params, "rootCategoryId")?, number(params, "depth")?);
        let tree = catalog::tree(&self.vocabulary(), root, depth);
        tree.ok_or_else(|| no_category(root.unwrap_or_default()))
    }
}

fn known<'a>(vocabulary: &'a Vocabulary, code: &str) -> Result<&'a Attribute, Problem> {
    vocabulary.attribute(code).ok_or_else(|| Problem::no_such("attributeCode", code))
}

fn no_category(id: u64) -> Problem {
    Problem::no_such("id", &id.to_string())
}

fn number(params: &Params, name: &str) -> Result<Option<u64>, Problem> {
    let text = params.text(name).filter(|text| !text.is_empty());
    let number = |text: &str| text.parse().map_err(|_no_number| Problem::no_number(None, text));
    text.map(number).transpose()
}
