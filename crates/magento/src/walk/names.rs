//! Names that a walk has asked for: of categories, and of the values of attributes.

use std::collections::{HashMap, HashSet};

use flyball_domain::{Field, Product};
use serde::{Deserialize, Serialize};

use crate::decode::ProductDraft;

/// The most names kept; with more, all are asked for anew as they come up.
const NAMES_MAX: usize = 20_000;

/// What has been asked for so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Names {
    /// By id; `None` is a category that the store did not name.
    categories: HashMap<String, Option<String>>,
    /// By the attribute's id, then the value.
    labels: HashMap<String, HashMap<String, String>>,
    count: usize,
}

impl Names {
    /// The ids of categories that have not been asked for, each once.
    pub(super) fn unknown_categories<'a>(
        &self,
        products: impl Iterator<Item = &'a ProductDraft>,
    ) -> Vec<String> {
        let ids = products.flat_map(|draft| draft.product.categories.value().into_iter().flatten());
        let ids = ids.map(|category| category.id.as_str());
        once(ids.filter(|id| !self.categories.contains_key(*id)))
    }

    /// The ids of attributes whose values' names have not been asked for, each once.
    pub(super) fn unknown_labels<'a>(
        &self,
        products: impl Iterator<Item = &'a ProductDraft>,
    ) -> Vec<String> {
        let ids = products.flat_map(|draft| draft.attribute_ids.iter().flatten());
        once(ids.map(String::as_str).filter(|id| !self.labels.contains_key(*id)))
    }

    /// Those that these products need, for keeping.
    pub(super) fn of<'a>(&self, products: impl Iterator<Item = &'a ProductDraft>) -> Self {
        let mut own = Self::default();
        for draft in products {
            for category in draft.product.categories.value().into_iter().flatten() {
                if let Some((id, name)) = self.categories.get_key_value(category.id.as_str()) {
                    own.categories.insert(id.clone(), name.clone());
                }
            }
            for id in draft.attribute_ids.iter().flatten() {
                if let Some(labels) = self.labels.get(id) {
                    own.labels.insert(id.clone(), labels.clone());
                }
            }
        }
        own
    }

    /// Makes room for the names of a page.
    pub(super) fn make_room(&mut self) {
        if self.count >= NAMES_MAX {
            *self = Self::default();
        }
    }

    /// Takes in the answer for these categories.
    pub(super) fn add_categories(&mut self, asked: Vec<String>, found: Vec<(String, String)>) {
        self.count = self.count.saturating_add(asked.len());
        self.categories.extend(asked.into_iter().map(|id| (id, None)));
        self.categories.extend(found.into_iter().map(|(id, name)| (id, Some(name))));
    }

    /// Takes in the answer for these attributes.
    pub(super) fn add_labels(
        &mut self,
        asked: Vec<String>,
        found: Vec<(String, Vec<(String, String)>)>,
    ) {
        self.labels.extend(asked.into_iter().map(|id| (id, HashMap::new())));
        for (id, labels) in found {
            self.count = self.count.saturating_add(labels.len());
            self.labels.insert(id, labels.into_iter().collect());
        }
    }

    /// Puts the names into a product.
    pub(super) fn put(&self, draft: &mut ProductDraft) {
        let Product { categories, options, .. } = draft.product.as_mut();
        if let Field::Value(categories) = categories {
            for category in categories {
                if let Some(Some(name)) = self.categories.get(category.id.as_str()) {
                    category.name = Field::Value(name.clone());
                }
            }
        }
        let Field::Value(options) = options else { return };
        for (option, attribute) in options.iter_mut().zip(&draft.attribute_ids) {
            let labels = attribute.as_ref().and_then(|id| self.labels.get(id));
            for value in &mut option.values {
                if let Some(label) = labels.and_then(|labels| labels.get(value)) {
                    value.clone_from(label);
                }
            }
        }
    }
}

fn once<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}
