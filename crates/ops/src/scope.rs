use core::fmt;
use core::str::FromStr;

use flyball_domain::{AccountId, CustomerId, Integration, Kind};
use flyball_governor::core::WideScope;
use flyball_governor::{StopCause, StopMode};
use serde::{Deserialize, Serialize};

use crate::{InputError, OpsError};

/// What a stop stops.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Everything.
    All,
    /// An integration.
    Integration(Integration),
    /// One kind of an integration's jobs.
    IntegrationKind(Integration, Kind),
    /// A customer's accounts.
    Customer(CustomerId),
    /// One account.
    Account(AccountId),
    /// One kind of an account's jobs.
    AccountKind(AccountId, Kind),
}

/// A scope that lies within one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneScope {
    /// Whose lane.
    pub account: AccountId,
    /// The entry of the lane's stops.
    pub cause: StopCause,
}

/// Where a scope's switch is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In one lane.
    Lane(LaneScope),
    /// In the lanes of a customer's accounts.
    Lanes(CustomerId),
    /// On the board.
    Board(WideScope),
}

impl Scope {
    /// Where its switch is kept.
    ///
    /// # Errors
    /// None in fact: every integration and kind is a word of the governor's.
    pub fn kept(&self) -> Result<Kept, OpsError> {
        let lane = |account: &AccountId, cause| LaneScope { account: account.clone(), cause };
        Ok(match self {
            Self::Account(account) => Kept::Lane(lane(account, StopCause::Account)),
            Self::AccountKind(account, kind) => Kept::Lane(lane(
                account,
                StopCause::Work(kind.as_str().parse().map_err(OpsError::word)?),
            )),
            Self::Customer(customer) => Kept::Lanes(customer.clone()),
            Self::All => Kept::Board(WideScope::All),
            Self::Integration(integration) => {
                Kept::Board(WideScope::Group(integration.as_str().parse().map_err(OpsError::word)?))
            }
            Self::IntegrationKind(integration, kind) => Kept::Board(WideScope::Work(
                integration.as_str().parse().map_err(OpsError::word)?,
                kind.as_str().parse().map_err(OpsError::word)?,
            )),
        })
    }
}

impl Scope {
    /// The one kind of jobs that it is about, where it is one.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::IntegrationKind(_, kind) | Self::AccountKind(_, kind) => Some(*kind),
            Self::All | Self::Integration(_) | Self::Customer(_) | Self::Account(_) => None,
        }
    }
}

/// The most jobs at once that a limit can say: an integration's may be spread over many lanes.
pub const LIMIT_MAX: u32 = 10_000;

impl FromStr for Scope {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let parse = || {
            if text == "all" {
                return Some(Self::All);
            }
            if let Some(customer) = text.strip_prefix("customer:") {
                return customer.parse().ok().map(Self::Customer);
            }
            if let Some(account) = text.strip_prefix("account:") {
                return match account.split_once('/') {
                    None => account.parse().ok().map(Self::Account),
                    Some((account, kind)) => {
                        Some(Self::AccountKind(account.parse().ok()?, kind.parse().ok()?))
                    }
                };
            }
            match text.split_once('/') {
                None => text.parse().ok().map(Self::Integration),
                Some((integration, kind)) => {
                    Some(Self::IntegrationKind(integration.parse().ok()?, kind.parse().ok()?))
                }
            }
        };
        parse().ok_or_else(|| {
            InputError::new(
                "a scope",
                text,
                "all, shopify, shopify/orders, customer:ID, account:ID or account:ID/orders",
            )
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Integration(integration) => integration.fmt(f),
            Self::IntegrationKind(integration, kind) => write!(f, "{integration}/{kind}"),
            Self::Customer(customer) => write!(f, "customer:{customer}"),
            Self::Account(account) => write!(f, "account:{account}"),
            Self::AccountKind(account, kind) => write!(f, "account:{account}/{kind}"),
        }
    }
}

/// How a scope is stopped: `hold`, `drain`, `stop` or `limit=N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mode(pub StopMode);

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            StopMode::Limit(slots) => write!(f, "limit={slots}"),
            StopMode::Hold | StopMode::Drain | StopMode::Stop => f.write_str(self.0.as_str()),
        }
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InputError;
            fn try_from(text: String) -> Result<Self, InputError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

as_text!(Scope);
as_text!(Mode);

impl FromStr for Mode {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let slots =
            |count: &str| count.parse().ok().filter(|slots| (1..=LIMIT_MAX).contains(slots));
        let mode = match text.split_once('=') {
            Some(("limit", count)) => slots(count).map(StopMode::Limit),
            None if text != "limit" => StopMode::parse(text, 0).ok(),
            Some(_) | None => None,
        };
        mode.map(Self).ok_or_else(|| {
            InputError::new(
                "a mode",
                text,
                format!("hold, drain, stop, or limit=N with N from 1 to {LIMIT_MAX}"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_survives_its_text() {
        for text in [
            "all",
            "shopify",
            "shopify/orders",
            "customer:acme",
            "account:blue-mug",
            "account:blue-mug/orders",
        ] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in
            ["", "blue-mug", "account:", "account:B", "account:blue-mug/", "etsy", "account:a b c"]
        {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_is_kept_where_it_holds_all_that_it_names() {
        let kept = |text: &str| text.parse::<Scope>().unwrap().kept().unwrap();
        let lane = |cause: &str| {
            let account = "blue-mug".parse().unwrap();
            Kept::Lane(LaneScope { account, cause: cause.parse().unwrap() })
        };
        assert_eq!(kept("account:blue-mug"), lane("account"));
        assert_eq!(kept("account:blue-mug/orders"), lane("orders"));
        assert_eq!(kept("customer:acme"), Kept::Lanes("acme".parse().unwrap()));
        for text in ["all", "shopify", "shopify/orders"] {
            assert_eq!(kept(text), Kept::Board(text.parse().unwrap()));
        }
    }

    #[test]
    fn a_dimmer_needs_a_number_within_bounds() {
        assert_eq!("limit=24".parse(), Ok(Mode(StopMode::Limit(24))));
        assert_eq!("drain".parse(), Ok(Mode(StopMode::Drain)));
        for text in ["limit", "limit=", "limit=0", "limit=10001", "stop=1", "pause"] {
            assert!(text.parse::<Mode>().is_err(), "{text}");
        }
    }
}
