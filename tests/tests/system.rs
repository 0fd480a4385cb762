//! The parts together, in one process: real importers, tickers and tables against simulated stores.

mod bound;
mod conformance;
mod dials;
mod engine_stopped;
mod followed;
mod going_first;
mod isolation;
mod kill;
mod last_resort;
mod lot;
mod no_slot;
mod overdue;
mod paper_store;
mod permissions;
mod spent;
mod switch;
mod three_vendors;
mod zombie;
