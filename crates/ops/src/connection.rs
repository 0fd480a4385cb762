use std::collections::BTreeSet;

use flyball_accounts::{
    Account, AccountState, CeilingPercent, EVERY_MINUTES_DEFAULT, EveryMinutes, Schedule,
};
use flyball_domain::{Kind, Mode, UnixMillis};
use flyball_importer::CEILING_PERCENT_DEFAULT;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Moment;

/// Whether a store takes its account's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// It does, as far as is known.
    Good,
    /// It has refused them.
    Refused,
    /// It has failed for so long that nobody tries any more.
    GivenUp,
}

impl Credentials {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Refused => "refused",
            Self::GivenUp => "given up",
        }
    }
}

/// How an account is connected. Of its credentials no more is told than whether they are good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// The store's address.
    pub address: String,
    /// What is imported of it.
    #[schema(value_type = BTreeSet<String>)]
    pub kinds: BTreeSet<Kind>,
    /// How often what has changed is imported, in minutes.
    pub every_minutes: u32,
    /// When that is due the next time; nothing where nothing is imported.
    pub next: Option<Moment>,
    /// How much of what the vendor allows is used, in percent.
    pub ceiling_percent: u8,
    /// How many rules say under which names its custom fields stand.
    pub rules: u64,
    /// When it was connected first.
    pub created: Moment,
    /// Whether its credentials are good.
    pub credentials: Credentials,
    /// Why they are not.
    pub refused: Option<String>,
}

impl Connection {
    pub(crate) fn of(account: &Account, now: UnixMillis) -> Self {
        let policy = &account.policy;
        let (credentials, refused) = match &account.state {
            AccountState::Connected => (Credentials::Good, None),
            AccountState::Rejected { reason, .. } => (Credentials::Refused, Some(reason)),
            AccountState::GivenUp { reason, .. } => (Credentials::GivenUp, Some(reason)),
        };
        let all = Schedule::of(account);
        let changes = all.iter().filter(|schedule| schedule.mode == Mode::Incremental);
        Self {
            address: account.store.clone(),
            kinds: account.kinds.clone(),
            every_minutes: every_minutes(account),
            next: changes.map(|schedule| schedule.next_after(now)).min().map(Moment::from),
            ceiling_percent: policy
                .ceiling_percent
                .map_or(CEILING_PERCENT_DEFAULT, CeilingPercent::get),
            rules: u64::try_from(policy.mapping.rules().len()).unwrap_or(u64::MAX),
            created: account.created_at.into(),
            credentials,
            refused: refused.cloned(),
        }
    }
}

/// How often what has changed of an account is imported, in minutes.
pub(crate) fn every_minutes(account: &Account) -> u32 {
    account.policy.every_minutes.map_or(EVERY_MINUTES_DEFAULT, EveryMinutes::get)
}
