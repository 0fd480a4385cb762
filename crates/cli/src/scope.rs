use core::fmt;
use core::str::FromStr;

use flyball_domain::{AccountId, CustomerId, Integration, Kind};
use flyball_governor::{Lane, StopCause, StopMode, WorkKind};

use crate::error::CliError;
use crate::input::InputError;

/// What a stop stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
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
pub(crate) struct LaneScope {
    /// Whose lane.
    pub(crate) account: AccountId,
    /// The entry of the lane's stops.
    pub(crate) cause: StopCause,
}

impl Scope {
    /// The lane's part that this scope names.
    ///
    /// # Errors
    /// A scope wider than a lane.
    pub(crate) fn in_lane(&self) -> Result<LaneScope, CliError> {
        let (account, cause) = match self {
            Self::Account(account) => (account, StopCause::Account),
            Self::AccountKind(account, kind) => {
                (account, StopCause::Work(kind.as_str().parse::<WorkKind>()?))
            }
            Self::All | Self::Integration(_) | Self::IntegrationKind(..) | Self::Customer(_) => {
                return Err(CliError::new(format!(
                    "found scope {self}, which comes with the board: until then stop or resume \
                     accounts one by one, as account:ID or account:ID/products"
                )));
            }
        };
        Ok(LaneScope { account: account.clone(), cause })
    }
}

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
                "account:ID, account:ID/products or account:ID/orders (all, shopify, \
                 shopify/orders and customer:ID come with the board)",
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

/// How a scope is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode(pub(crate) StopMode);

impl FromStr for Mode {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let slots =
            |count: &str| count.parse().ok().filter(|slots| (1..=Lane::SLOTS_MAX).contains(slots));
        let mode = match text.split_once('=') {
            Some(("limit", count)) => slots(count).map(StopMode::Limit),
            None if text != "limit" => StopMode::parse(text, 0).ok(),
            Some(_) | None => None,
        };
        mode.map(Self).ok_or_else(|| {
            InputError::new(
                "a mode",
                text,
                format!("hold, drain, stop, or limit=N with N from 1 to {}", Lane::SLOTS_MAX),
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
    fn only_scopes_within_one_lane_can_be_stopped_yet() {
        let in_lane = |text: &str| text.parse::<Scope>().unwrap().in_lane();
        assert_eq!(in_lane("account:blue-mug").unwrap().cause, StopCause::Account);
        let cause = in_lane("account:blue-mug/orders").unwrap().cause;
        assert_eq!(cause.as_str(), "orders");
        for text in ["all", "shopify", "shopify/orders", "customer:acme"] {
            assert!(in_lane(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_dimmer_needs_a_number_within_a_lanes_bounds() {
        assert_eq!("limit=24".parse(), Ok(Mode(StopMode::Limit(24))));
        assert_eq!("drain".parse(), Ok(Mode(StopMode::Drain)));
        for text in ["limit", "limit=", "limit=0", "limit=25", "stop=1", "pause"] {
            assert!(text.parse::<Mode>().is_err(), "{text}");
        }
    }
}
