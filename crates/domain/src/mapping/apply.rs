use serde_json::{Map, Value};

use super::source::SourceField;
use super::{Mapped, Mapping, Place, Presence, Rule, Source, Unfit};
use crate::{CustomField, Field, Kind, Order, Product, Record, RecordBody};

/// What a source finds in a record.
enum Found {
    /// The part of the record it lies in was not asked for: nothing is known of it.
    Unknown,
    /// There is none.
    Nothing,
    /// The value.
    Value(Value),
}

impl Mapping {
    /// Fills a record's `mapped`. Where nothing that the rules ask for was answered it stays absent,
    /// so that it clears nothing that is stored.
    pub fn apply(&self, record: &mut Record) {
        let kind = record.kind();
        let rules = || self.rules.iter().filter(|rule| rule.kind == kind);
        if rules().next().is_none() {
            return;
        }
        let mut mapped = Mapped::default();
        let mut known = false;
        for rule in rules() {
            let found = match &record.body {
                RecordBody::Product(product) => in_product(&rule.from, product),
                RecordBody::Order(order) => in_order(&rule.from, order),
            };
            known |= !matches!(found, Found::Unknown);
            rule.read(found, &mut mapped);
        }
        if known {
            match &mut record.body {
                RecordBody::Product(product) => product.mapped = Field::Value(mapped),
                RecordBody::Order(order) => order.mapped = Field::Value(mapped),
            }
        }
    }

    /// Whether it has rules for a kind.
    pub fn has_rules_for(&self, kind: Kind) -> bool {
        self.rules.iter().any(|rule| rule.kind == kind)
    }
}

impl Rule {
    fn read(&self, found: Found, mapped: &mut Mapped) {
        let name = self.name.to_string();
        let unfit = |(found, expected)| Unfit { name: name.clone(), found, expected };
        match found {
            Found::Unknown => {}
            Found::Nothing if self.presence == Presence::Optional => {}
            Found::Nothing => {
                let expected = String::from(self.value_type);
                mapped
                    .unfit
                    .push(unfit(("nothing".to_owned(), format!("a value of type {expected}"))));
            }
            Found::Value(value) => match self.value_type.read(&self.in_words(value)) {
                Ok(value) => drop(mapped.values.insert(name, value)),
                Err(wrong) => mapped.unfit.push(unfit(wrong)),
            },
        }
    }

    /// The retailer's words for the vendor's.
    fn in_words(&self, value: Value) -> Value {
        match value {
            Value::String(word) => Value::String(self.words.get(&word).cloned().unwrap_or(word)),
            Value::Number(number) => match self.words.get(&number.to_string()) {
                Some(word) => Value::String(word.clone()),
                None => Value::Number(number),
            },
            Value::Array(values) => values.into_iter().map(|value| self.in_words(value)).collect(),
            other @ (Value::Null | Value::Bool(_) | Value::Object(_)) => other,
        }
    }
}

fn in_product(source: &Source, product: &Product) -> Found {
    match source.place {
        Place::Record => find(source, &product.custom_fields, &product.extra),
        Place::Variants => {
            each(&product.variants, |variant| find(source, &variant.custom_fields, &variant.extra))
        }
        Place::Lines | Place::Personal => Found::Unknown,
    }
}

fn in_order(source: &Source, order: &Order) -> Found {
    match source.place {
        Place::Record => find(source, &order.custom_fields, &order.extra),
        Place::Lines => each(&order.lines, |line| find(source, &line.custom_fields, &line.extra)),
        Place::Personal => match &order.personal {
            Field::Absent => Found::Unknown,
            Field::Null => Found::Nothing,
            Field::Value(personal) => find(source, &Field::Absent, &personal.extra),
        },
        Place::Variants => Found::Unknown,
    }
}

fn find(source: &Source, custom: &Field<Vec<CustomField>>, extra: &Map<String, Value>) -> Found {
    let value = match &source.field {
        SourceField::Custom { namespace, key } => {
            let fields = match custom {
                Field::Absent => return Found::Unknown,
                Field::Null => return Found::Nothing,
                Field::Value(fields) => fields,
            };
            let is_it = |field: &&CustomField| {
                field.key == *key && namespace.as_ref().is_none_or(|one| *one == field.namespace)
            };
            fields.iter().find(is_it).map(|field| Value::String(field.value.clone()))
        }
        SourceField::Extra { pointer } => pointed_at(extra, pointer).cloned(),
    };
    match value {
        None | Some(Value::Null) => Found::Nothing,
        Some(value) => Found::Value(value),
    }
}

/// One value for each of several, `null` where one has none.
fn each<T>(of: &Field<Vec<T>>, find: impl Fn(&T) -> Found) -> Found {
    let all = match of {
        Field::Absent => return Found::Unknown,
        Field::Null => return Found::Nothing,
        Field::Value(all) => all,
    };
    let found: Vec<Found> = all.iter().map(find).collect();
    if !found.is_empty() && found.iter().all(|one| matches!(one, Found::Unknown)) {
        return Found::Unknown;
    }
    if found.iter().all(|one| !matches!(one, Found::Value(_))) {
        return Found::Nothing;
    }
    let value = |one| if let Found::Value(value) = one { value } else { Value::Null };
    Found::Value(found.into_iter().map(value).collect())
}

/// RFC 6901, without turning the map into a value first.
fn pointed_at<'a>(extra: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let path = pointer.strip_prefix('/')?;
    let (first, rest) = match path.find('/') {
        Some(at) => path.split_at_checked(at)?,
        None => (path, ""),
    };
    extra.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
}
