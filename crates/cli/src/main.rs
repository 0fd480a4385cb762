//! `flyball`, the command line: the whole system in one process over connected stores, a demo of it,
//! the import of one store, simulated stores, and what a person wants to know, to ask for or to
//! stop. It opens a data folder, or speaks to the process that owns it, only for the time of the
//! command. It never decides what the governor or a connector decides, never shows a credential
//! that it was given, and never writes anything but results to the standard output.

mod access;
mod account;
mod args;
mod body;
mod connect;
mod cost;
mod decode;
mod demo;
mod desk;
mod error;
mod errors;
mod import;
mod input;
mod outages;
mod output;
mod predecessor;
mod records;
mod run;
mod signals;
mod status;
mod stop;
mod storefront;
mod sync;
mod table;
mod up;
mod why;

use std::process::ExitCode;

fn main() -> ExitCode {
    error::tame_panics();
    std::panic::catch_unwind(run::run).unwrap_or_else(|_told| error::exit_of_panic())
}
