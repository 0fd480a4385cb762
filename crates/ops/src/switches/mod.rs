//! Switches: setting, lifting and listing them at every scope, and what one would hold.

mod lift;
mod list;
mod radius;
mod request;
mod rule;
mod set;
mod target;

pub use lift::{LiftSwitch, Lifted, lift};
pub use list::{PAGE_LOOKS_MAX, SwitchPage, SwitchView, list, standing};
pub use radius::{Held, Radius, radius};
pub use request::{SetSwitch, stop_of};
pub use rule::{HELD_ACCOUNTS, HELD_ACCOUNTS_FREE, HELD_PERCENT_MAX};
pub use set::{SwitchSet, set, try_out};
