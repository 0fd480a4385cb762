use std::collections::BTreeSet;

use flyball_domain::{AccountId, Currency, CustomerId, Integration, Kind, Mapping, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::{CeilingPercent, EveryMinutes, SlotsLimit};

/// A retailer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Who.
    pub id: CustomerId,
    /// What they call themselves.
    pub name: String,
}

/// One connected store of a customer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// Whose.
    pub customer: CustomerId,
    /// On which platform.
    pub integration: Integration,
    /// The store's address as it was entered, such as `https://blue-mug.myshopify.com`; checked by
    /// whoever calls it.
    pub store: String,
    /// The store's time zone, such as `Europe/Berlin`, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The store's currency, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What is imported of it.
    pub kinds: BTreeSet<Kind>,
    /// When it was connected first.
    pub created_at: UnixMillis,
    /// Where it differs from the defaults.
    #[serde(default)]
    pub policy: PolicyOverrides,
    /// Whether it can be imported from.
    #[serde(skip, default = "AccountState::connected")]
    pub state: AccountState,
}

/// Where an account differs from the defaults; `None` means the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyOverrides {
    /// How many of its jobs may run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots_limit: Option<SlotsLimit>,
    /// How much of the vendor's budget may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_percent: Option<CeilingPercent>,
    /// How often it is imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_minutes: Option<EveryMinutes>,
    /// How often everything of it is compared with what was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconcile_every_minutes: Option<EveryMinutes>,
    /// Which of its custom fields stand under which name, and in which type.
    #[serde(default, skip_serializing_if = "Mapping::is_empty")]
    pub mapping: Mapping,
    /// How far its address may reach.
    #[serde(default, skip_serializing_if = "StoreReach::is_public")]
    pub reach: StoreReach,
}

/// How far a store's address may reach. Whoever imports for others heeds [`StoreReach::Public`]
/// alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreReach {
    /// Over https to public addresses.
    #[default]
    Public,
    /// To this machine and its network too, over plain http where so written.
    Local,
}

impl StoreReach {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}

/// Whether an account can be imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It can.
    Connected,
    /// The vendor no longer accepts its credentials: the retailer has to connect it again.
    Rejected {
        /// Since when.
        since: UnixMillis,
        /// What the vendor said, without secrets.
        reason: String,
    },
    /// Nothing has succeeded for days, so that nobody tries any more: the retailer has to connect
    /// it again.
    GivenUp {
        /// Since when.
        since: UnixMillis,
        /// What failed, without secrets.
        reason: String,
    },
}

impl AccountState {
    const fn connected() -> Self {
        Self::Connected
    }
}
