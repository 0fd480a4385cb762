use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::problem::Problem;
use crate::{Author, Words};

/// The scope of a token that may look.
pub const SCOPE_READ: &str = "flyball/read";

/// The scope of a token that may change, and look.
pub const SCOPE_OPERATE: &str = "flyball/operate";

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Neither look nor change.
    Nothing,
    /// Look.
    Read,
    /// Look, and change.
    Operate,
}

impl Rights {
    /// The rights of a token with these scopes.
    pub fn of_scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        scopes.into_iter().fold(Self::Nothing, |rights, scope| match (rights, scope) {
            (_, SCOPE_OPERATE) => Self::Operate,
            (Self::Nothing, SCOPE_READ) => Self::Read,
            (rights, _) => rights,
        })
    }
}

/// Who calls, as whoever has authenticated them says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
    author: Author,
    rights: Rights,
}

/// The longest name kept in full, in characters: an ARN has no more than 2,048.
const NAME_CHARS_MAX: usize = 2_048;

impl Caller {
    /// A caller by their name; `None` where nothing of it can be shown.
    pub fn new(name: &str, rights: Rights) -> Option<Self> {
        let name = Words::<NAME_CHARS_MAX>::cut(name)?.to_string();
        Some(Self { author: Author::cut(&name)?, name, rights })
    }

    /// Whom a JWT names, once its signature was verified: by their mail address, their user name or
    /// whatever their issuer calls them.
    pub fn of_claims<'a>(claim: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let rights = Rights::of_scopes(claim("scope").unwrap_or_default().split_whitespace());
        let names = ["email", "username", "cognito:username", "sub"];
        let name = names.into_iter().find_map(|name| claim(name).filter(|one| !one.is_empty()))?;
        Self::new(name, rights)
    }

    /// Whom AWS has authenticated by their signature. Which routes they may call, their policy says.
    /// A lane keeps the end of the name, which is a user's, or a role's and its session's.
    pub fn of_iam(arn: &str) -> Option<Self> {
        let full = Self::new(arn, Rights::Operate)?;
        let resource = arn.rsplit(':').next().unwrap_or(arn);
        let short = resource.split_once('/').map_or(resource, |(_kind, name)| name);
        Some(Self { author: Author::cut(short)?, ..full })
    }

    /// Their name, in full.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their name as far as a lane has room for it.
    pub const fn author(&self) -> &Author {
        &self.author
    }
}

/// A caller who may look.
#[derive(Clone, Debug)]
pub struct Reader(pub Caller);

/// A caller who may change.
#[derive(Clone, Debug)]
pub struct Operator(pub Caller);

fn caller(parts: &Parts) -> Result<Caller, Problem> {
    parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unauthorized)
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let caller = caller(parts)?;
        match caller.rights {
            Rights::Read | Rights::Operate => Ok(Self(caller)),
            Rights::Nothing => Err(Problem::forbidden(SCOPE_READ)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let caller = caller(parts)?;
        match caller.rights {
            Rights::Operate => Ok(Self(caller)),
            Rights::Nothing | Rights::Read => Err(Problem::forbidden(SCOPE_OPERATE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(claims: &[(&str, &'static str)]) -> Option<Caller> {
        let claim = |name: &str| claims.iter().find(|(one, _)| *one == name).map(|(_, text)| *text);
        Caller::of_claims(claim)
    }

    #[test]
    fn a_token_names_its_holder_and_what_they_may_do() {
        let operate = ("scope", "flyball/read flyball/operate");
        let mia = of(&[("sub", "4f1c"), ("email", "mia@example.com"), operate]).unwrap();
        assert_eq!((mia.name(), mia.rights), ("mia@example.com", Rights::Operate));
        let noah = of(&[("sub", "4f1c"), ("scope", "openid flyball/read")]).unwrap();
        assert_eq!((noah.name(), noah.rights), ("4f1c", Rights::Read));
        let other = of(&[("sub", "4f1c"), ("scope", "flyball/readers")]).unwrap();
        assert_eq!(other.rights, Rights::Nothing);
        assert_eq!(of(&[operate]), None, "nobody");
        assert_eq!(of(&[("sub", "\n"), operate]), None, "nobody who can be shown");
    }

    #[test]
    fn a_principal_is_kept_in_full_and_its_end_stands_in_a_lane() {
        let arn = "arn:aws:sts::123456789012:assumed-role/ops/mia";
        let mia = Caller::of_iam(arn).unwrap();
        assert_eq!((mia.name(), mia.author().as_str()), (arn, "ops/mia"));
        let root = Caller::of_iam("arn:aws:iam::123456789012:root").unwrap();
        assert_eq!(root.author().as_str(), "root");
    }
}
