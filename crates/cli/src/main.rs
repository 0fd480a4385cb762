//! `flyball`, the command line: a demo of the whole system in one process, the import of one real
//! store, simulated stores, and what a person wants to know or to stop. It opens a data folder, or
//! speaks to the process that owns it, only for the time of the command. It never decides what the
//! governor or a connector decides, never shows a credential that it was given, and never writes
//! anything but results to the standard output.

mod access;
mod args;
mod board;
mod connect;
mod customer;
mod demo;
mod error;
mod facts;
mod import;
mod input;
mod outages;
mod output;
mod records;
mod run;
mod scope;
mod status;
mod stop;
mod storefront;
mod table;
mod why;

use std::process::ExitCode;

fn main() -> ExitCode {
    error::tame_panics();
    std::panic::catch_unwind(run::run).unwrap_or_else(|_told| error::exit_of_panic())
}
