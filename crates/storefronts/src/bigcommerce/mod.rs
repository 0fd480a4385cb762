//! A BigCommerce store: the v3 catalog and the v2 orders
//! (<https://github.com/bigcommerce/docs/tree/main/reference>).

mod address;
mod ask;
mod children;
mod consignments;
mod dates;
mod desk;
mod filter;
mod ids;
mod json;
mod kept;
mod line;
mod lists;
mod order;
mod orders;
mod page;
mod parts;
mod payment;
mod problem;
mod product;
mod products;
mod quota;
mod route;
mod rows;
mod site;
mod status;
mod strange;
mod taxed;
mod truth;
mod variant;

pub(crate) use desk::Desk;
