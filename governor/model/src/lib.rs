//! The exhaustive model of the governor. [`explore`] walks every interleaving of a bounded world whose
//! lanes are changed by the very transitions that run in production; [`mutants`] seeds bugs and demands
//! that the exploration finds each. The model never repeats a condition of the protocol: it asks
//! `flyball-governor-core`. It knows no engine and no clock, and is a package of its own because it is
//! worth optimizing even for tests, which what speaks to engines is not.

pub mod explore;
pub mod model;
pub mod mutants;
mod pair;
pub mod report;
