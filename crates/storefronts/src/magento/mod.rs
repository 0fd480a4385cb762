//! A Magento store: REST, as far as products and orders go.
//!
//! It reads only, as whoever imports does: there is nothing to create or change by.

mod browse;
mod catalog;
mod condition;
mod criteria;
mod fields;
mod html;
mod ids;
mod json;
mod listing;
mod oauth;
mod order;
mod page;
mod params;
mod problem;
mod product;
mod rest;
mod route;
mod rows;
mod settings;
mod shop;
mod strange;
mod tables;
mod truth;
mod view;
mod vocabulary;

pub(crate) use rest::Rest;
pub use settings::{MagentoHabits, MagentoMode, MagentoSlowness};
