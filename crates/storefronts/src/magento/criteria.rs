//! What a list is searched by: filters, orders, and a page.

use std::num::NonZeroU32;

use serde_json::{Map, Value, json};

use super::condition::{Cell, Condition};
use super::params::{Param, Params};
use super::problem::Problem;

/// The page's size where input limits are on and nothing is said.
const PAGE_SIZE: u64 = 20;
const CLASS: &str = "Magento\\Framework\\Api\\SearchCriteriaInterface";

/// A search: all groups must hold, and of each group one filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Criteria {
    pub(super) groups: Vec<Vec<Filter>>,
    pub(super) sort: Vec<SortBy>,
    /// Whether an order was given at all: it is told again only then.
    is_sorted: bool,
    /// `None` for all rows at once.
    pub(super) page_size: Option<u64>,
    /// From 1.
    pub(super) page: u64,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) condition: Condition,
    /// The condition as it came.
    word: String,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SortBy {
    pub(super) field: String,
    pub(super) descending: bool,
}

impl Criteria {
    /// A search for everything.
    pub(super) const fn all() -> Self {
        Self { groups: Vec::new(), sort: Vec::new(), is_sorted: false, page_size: None, page: 1 }
    }

    /// Reads a search; `None` where none was asked for. Names come in camel case or in snake case.
    ///
    /// # Errors
    /// What the vendor says to a search that it can't read.
    pub(super) fn parse(
        params: &Params,
        page_size_max: Option<NonZeroU32>,
    ) -> Result<Option<Self>, Problem> {
        let param = params.get("searchCriteria").or_else(|| params.get("search_criteria"));
        let Some(param) = param else { return Ok(None) };
        let mut criteria = Self::all();
        for (name, value) in tree(param) {
            match plain(name).as_str() {
                "filtergroups" => {
                    criteria.groups =
                        tree(value).map(|(_, group)| filters(group)).collect::<Result<_, _>>()?;
                }
                "sortorders" => {
                    criteria.is_sorted = true;
                    criteria.sort =
                        tree(value).map(|(_, order)| sort_by(order)).collect::<Result<_, _>>()?;
                }
                "pagesize" => criteria.page_size = Some(whole("page_size", value)?),
                "currentpage" => criteria.page = whole("current_page", value)?.max(1),
                // It is the search engine's, and is not looked at here.
                "requestname" => {}
                _ => return Err(no_property(name, CLASS)),
            }
        }
        if let Some(rows_max) = page_size_max {
            let page_size = criteria.page_size.get_or_insert(PAGE_SIZE);
            if *page_size > u64::from(rows_max.get()) {
                return Err(Problem::page_too_large(rows_max.get()));
            }
        }
        Ok(Some(criteria))
    }

    /// The search as an answer repeats it.
    pub(super) fn echo(&self) -> Value {
        let filter = |filter: &Filter| json!({"field": filter.field, "value": filter.value, "condition_type": filter.word});
        let group =
            |group: &Vec<Filter>| json!({"filters": group.iter().map(filter).collect::<Value>()});
        let mut echo = Map::new();
        echo.insert("filter_groups".to_owned(), self.groups.iter().map(group).collect());
        if self.is_sorted {
            let order = |sort: &SortBy| {
                let direction = if sort.descending { "DESC" } else { "ASC" };
                json!({"field": sort.field, "direction": direction})
            };
            echo.insert("sort_orders".to_owned(), self.sort.iter().map(order).collect());
        }
        if let Some(page_size) = self.page_size {
            echo.insert("page_size".to_owned(), page_size.into());
        }
        echo.insert("current_page".to_owned(), self.page.into());
        echo.into()
    }

    /// Whether a row is found, by what its columns hold.
    pub(super) fn finds(&self, cell: impl Fn(&str) -> Cell) -> bool {
        self.groups.iter().all(|group| {
            group.is_empty()
                || group
                    .iter()
                    .any(|filter| filter.condition.holds(&cell(&filter.field), &filter.value))
        })
    }

    /// The filters that hold for every row that is found.
    pub(super) fn certain(&self) -> impl Iterator<Item = &Filter> {
        self.groups.iter().filter_map(|group| match group.as_slice() {
            [filter] => Some(filter),
            _ => None,
        })
    }

    /// The values that a column must be one of, where a group of the search says so.
    pub(super) fn listed(&self, column: &str) -> Option<Vec<String>> {
        let is_list = |filter: &Filter| {
            filter.field == column && matches!(filter.condition, Condition::Eq | Condition::In)
        };
        let is_list = |group: &&Vec<Filter>| !group.is_empty() && group.iter().all(is_list);
        let group = self.groups.iter().find(is_list)?;
        let values = group.iter().flat_map(|filter| {
            if filter.condition == Condition::In {
                filter.value.split(',').map(str::to_owned).collect()
            } else {
                vec![filter.value.clone()]
            }
        });
        Some(values.collect())
    }

    /// The same search, where a category is one of those that a product is in.
    pub(super) fn by_category(&self) -> Self {
        let one = |filter: &Filter, value: &str| Filter {
            field: "category_ids".to_owned(),
            value: value.to_owned(),
            condition: Condition::Finset,
            ..filter.clone()
        };
        let each = |filter: &Filter| match (filter.field.as_str(), filter.condition) {
            ("category_id", Condition::In) => {
                filter.value.split(',').map(|value| one(filter, value)).collect()
            }
            ("category_id", _) => vec![one(filter, &filter.value)],
            _ => vec![filter.clone()],
        };
        let groups = self.groups.iter().map(|group| group.iter().flat_map(each).collect());
        Self { groups: groups.collect(), ..self.clone() }
    }

    /// The search for what the rows that are searched for belong to, as far as they say so in a
    /// column.
    pub(super) fn about_owners(&self, column: &str) -> Self {
        let about = self.certain().filter(|filter| filter.field == column);
        let about = about.map(|filter| Filter { field: "entity_id".to_owned(), ..filter.clone() });
        // Of what can't be told from ids alone, nothing is left out.
        let by_number = about.filter(|filter| {
            !matches!(filter.condition, Condition::Like | Condition::Nlike | Condition::Finset)
        });
        let by_id = SortBy { field: "entity_id".to_owned(), descending: false };
        let groups = by_number.map(|filter| vec![filter]).collect();
        Self { groups, sort: vec![by_id], is_sorted: true, page_size: None, page: 1 }
    }

    /// Every column that is looked at.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let filters = self.groups.iter().flatten().map(|filter| filter.field.as_str());
        filters.chain(self.sort.iter().map(|sort| sort.field.as_str()))
    }
}

fn filters(group: &Param) -> Result<Vec<Filter>, Problem> {
    let mut filters = Vec::new();
    for (name, value) in tree(group) {
        if plain(name) != "filters" {
            return Err(no_property(name, "Magento\\Framework\\Api\\Search\\FilterGroup"));
        }
        for (_, one) in tree(value) {
            filters.push(filter(one)?);
        }
    }
    Ok(filters)
}

fn filter(param: &Param) -> Result<Filter, Problem> {
    let mut filter = Filter {
        field: String::new(),
        value: String::new(),
        condition: Condition::Eq,
        word: "eq".to_owned(),
    };
    for (name, value) in tree(param) {
        let Param::Text(value) = value else {
            return Err(Problem::no_number(Some(name), "array"));
        };
        match plain(name).as_str() {
            "field" => filter.field.clone_from(value),
            "value" => filter.value.clone_from(value),
            "conditiontype" if value.is_empty() => {}
            "conditiontype" => {
                filter.condition = Condition::of(value);
                filter.word.clone_from(value);
            }
            _ => return Err(no_property(name, "Magento\\Framework\\Api\\Filter")),
        }
    }
    Ok(filter)
}

fn sort_by(param: &Param) -> Result<SortBy, Problem> {
    let mut sort = SortBy { field: String::new(), descending: false };
    for (name, value) in tree(param) {
        let Param::Text(value) = value else { continue };
        match plain(name).as_str() {
            "field" => {
                if value.chars().any(|sign| !sign.is_ascii_alphanumeric() && sign != '_') {
                    return Err(Problem::sort_field(value));
                }
                sort.field.clone_from(value);
            }
            "direction" => {
                sort.descending = match value.to_ascii_uppercase().as_str() {
                    "ASC" => false,
                    "DESC" => true,
                    _ => return Err(Problem::direction()),
                };
            }
            _ => return Err(no_property(name, "Magento\\Framework\\Api\\SortOrder")),
        }
    }
    Ok(sort)
}

fn whole(field: &str, param: &Param) -> Result<u64, Problem> {
    match param {
        Param::Text(text) => {
            text.parse().map_err(|_no_number| Problem::no_number(Some(field), text))
        }
        Param::Tree(_) => Err(Problem::no_number(Some(field), "array")),
    }
}

/// The level below; nothing below a text.
fn tree(param: &Param) -> Box<dyn Iterator<Item = (&str, &Param)> + '_> {
    match param {
        Param::Tree(tree) => Box::new(tree.iter()),
        Param::Text(_) => Box::new(core::iter::empty()),
    }
}

/// A name without what tells camel case from snake case: accessors are found by either.
fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// A name that no accessor belongs to is a mistake of the program, in the vendor's eyes.
fn no_property(name: &str, class: &str) -> Problem {
    Problem::internal(format!(
        "Property \"{name}\" does not have accessor method \"get{name}\" in class \"{class}\"."
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(query: &str) -> Result<Option<Criteria>, Problem> {
        Criteria::parse(&Params::parse(query), None)
    }

    #[test]
    fn camel_case_and_snake_case_say_the_same() {
        let camel = "searchCriteria[filterGroups][0][filters][0][field]=sku\
                     &searchCriteria[filterGroups][0][filters][0][value]=a\
                     &searchCriteria[filterGroups][0][filters][0][conditionType]=neq\
                     &searchCriteria[sortOrders][0][field]=name\
                     &searchCriteria[sortOrders][0][direction]=desc\
                     &searchCriteria[pageSize]=5&searchCriteria[currentPage]=2";
        let snake = camel
            .replace("searchCriteria", "search_criteria")
            .replace("filterGroups", "filter_groups")
            .replace("conditionType", "condition_type")
            .replace("sortOrders", "sort_orders")
            .replace("pageSize", "page_size")
            .replace("currentPage", "current_page");
        let criteria = parse(camel).unwrap().unwrap();
        assert_eq!(parse(&snake).unwrap().unwrap(), criteria);
        assert_eq!(
            criteria.echo(),
            json!({
                "filter_groups": [
                    {"filters": [{"field": "sku", "value": "a", "condition_type": "neq"}]},
                ],
                "sort_orders": [{"field": "name", "direction": "DESC"}],
                "page_size": 5,
                "current_page": 2,
            })
        );
    }

    #[test]
    fn all_groups_must_hold_and_of_each_group_one_filter() {
        let at = |group: u32, filter: u32, field: &str, value: &str| {
            let at = format!("searchCriteria[filter_groups][{group}][filters][{filter}]");
            format!("{at}[field]={field}&{at}[value]={value}&")
        };
        let query = at(0, 0, "color", "red") + &at(0, 1, "color", "blue") + &at(1, 0, "size", "S");
        let criteria = parse(&query).unwrap().unwrap();
        let finds = |color: &str, size: &str| {
            criteria.finds(|field| {
                Cell::Text(if field == "color" { color.to_owned() } else { size.to_owned() })
            })
        };
        assert!(finds("red", "S") && finds("blue", "S"));
        assert!(!finds("green", "S") && !finds("red", "M"));
        assert_eq!(criteria.certain().count(), 1);
    }

    #[test]
    fn nothing_asked_for_is_no_search_and_an_empty_one_finds_everything() {
        assert_eq!(parse("fields=items").unwrap(), None);
        for query in ["searchCriteria", "searchCriteria=all", "search_criteria[page_size]=0"] {
            let criteria = parse(query).unwrap().unwrap();
            assert!(criteria.finds(|_| Cell::Null), "{query}");
        }
    }

    #[test]
    fn limits_set_a_size_and_refuse_a_larger_one() {
        let limited = |query: &str| {
            Criteria::parse(&Params::parse(query), NonZeroU32::new(300)).map(Option::unwrap)
        };
        assert_eq!(limited("searchCriteria").unwrap().page_size, Some(20));
        assert_eq!(limited("searchCriteria[pageSize]=300").unwrap().page_size, Some(300));
        assert_eq!(limited("searchCriteria[pageSize]=301"), Err(Problem::page_too_large(300)));
        assert_eq!(parse("searchCriteria[pageSize]=301").unwrap().unwrap().page_size, Some(301));
    }

    #[test]
    fn what_can_not_be_read_is_refused_in_the_vendors_words() {
        assert_eq!(
            parse("searchCriteria[pageSize]=many"),
            Err(Problem::no_number(Some("page_size"), "many"))
        );
        assert_eq!(parse("searchCriteria[sortOrders][0][direction]=up"), Err(Problem::direction()));
        assert_eq!(
            parse("searchCriteria[sortOrders][0][field]=a.b"),
            Err(Problem::sort_field("a.b"))
        );
        assert!(parse("searchCriteria[pages]=2").is_err());
    }

    proptest! {
        #[test]
        fn no_query_makes_the_parser_panic(rest in "[a-zA-Z_\\[\\]0-9=&]{0,60}") {
            drop(parse(&format!("searchCriteria{rest}")));
            drop(parse(&format!("searchCriteria[filterGroups]{rest}")));
        }
    }
}
