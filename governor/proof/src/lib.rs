//! What proves the governor. [`explore`] walks every interleaving of a bounded world whose lanes
//! are changed by the very transitions that run in production; [`mutants`] seeds bugs and demands
//! that the exploration finds each. Nothing here is needed to run the governor, and the model never
//! repeats a condition of the protocol: it asks `flyball-governor-core`.

pub mod explore;
pub mod model;
pub mod mutants;
pub mod report;
