use core::fmt;

use flyball_domain::{TimeError, UnixMillis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A moment as people and machines read it: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = DateTime)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(pub UnixMillis);

impl Moment {
    /// The moment as the governor counts it.
    pub const fn governor(self) -> flyball_governor::UnixMillis {
        flyball_governor::UnixMillis(self.0.0)
    }
}

impl From<UnixMillis> for Moment {
    fn from(at: UnixMillis) -> Self {
        Self(at)
    }
}

impl From<flyball_governor::UnixMillis> for Moment {
    fn from(at: flyball_governor::UnixMillis) -> Self {
        Self(UnixMillis(at.0))
    }
}

impl TryFrom<String> for Moment {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        UnixMillis::parse_rfc3339(&text).map(Self)
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.0.to_rfc3339()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_rfc3339())
    }
}
