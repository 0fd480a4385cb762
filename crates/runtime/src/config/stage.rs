use core::fmt;

use flyball_domain::{Integration, Kind};

use super::tables::Tables;
use super::values::{KmsKey, TableName};

/// What every name of a deployment begins with: the template's service.
const SERVICE: &str = "flyball";

/// A deployment, by the stage of the template that it was made of. What its parts are called
/// follows from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    name: String,
    tables: Tables,
    key: KmsKey,
}

impl Stage {
    /// What a stage's name is.
    pub const EXPECTED: &str = "a stage's name (1 to 35 of a-z, A-Z, 0-9 and -, such as dev)";

    /// The name of a function has 64 characters, and the longest one's ends in 21 more than this
    /// and the service's
    /// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).
    const CHARS_MAX: usize = 35;

    /// The stage of this name, if it is one.
    pub fn parse(name: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let fits = (1..=Self::CHARS_MAX).contains(&name.len()) && name.bytes().all(allowed);
        let table = |part: &str| TableName::parse(&format!("{SERVICE}-{name}-{part}"));
        fits.then_some(())?;
        Some(Self {
            name: name.to_owned(),
            tables: Tables {
                governor: table("governor")?,
                records: table("records")?,
                accounts: table("accounts")?,
            },
            key: KmsKey::parse(&format!("alias/{SERVICE}-{name}"))?,
        })
    }

    /// Its tables.
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The key that seals its credentials.
    pub const fn key(&self) -> &KmsKey {
        &self.key
    }

    /// The name of its queue for an integration's jobs of one kind.
    pub fn queue_name(&self, integration: Integration, kind: Kind) -> String {
        format!("{SERVICE}-{}-{integration}-{kind}", self.name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
