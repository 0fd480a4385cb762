#![expect(clippy::wildcard_enum_match_arm, reason = "tests name what they look for")]

mod fake;
mod lists;
mod orders;
mod trouble;
