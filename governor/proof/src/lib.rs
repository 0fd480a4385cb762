//! What proves the governor. [`explore`] walks every interleaving of a bounded world whose lanes
//! are changed by the very transitions that run in production; [`mutants`] seeds bugs and demands
//! that the exploration finds each. Nothing here is needed to run the governor, and the model never
//! repeats a condition of the protocol: it asks `flyball-governor-core`. [`conform`] puts any engine
//! of `DynamoDB` to one suite, and [`history`] tells whether the core allows what was recorded of one.

pub mod conform;
pub mod contend;
pub mod dice;
pub mod engine;
pub mod explore;
pub mod history;
pub mod model;
pub mod mutants;
mod pair;
pub mod report;
pub mod simulate;
