//! The parts together, in one process: real importers, tickers and tables against simulated stores.

mod bound;
mod conformance;
mod dials;
mod going_first;
mod isolation;
mod kill;
mod lot;
mod no_slot;
mod overdue;
mod paper_store;
mod permissions;
mod spent;
mod switch;
mod three_vendors;
mod zombie;
