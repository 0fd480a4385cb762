use core::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::bounded;
use crate::guard::{AddressKind, Reach, refused};

/// The most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;

/// What the system's resolvers (glibc, musl, macOS) say of a name that does not exist. Everything
/// else may be the resolver's own trouble.
const NO_SUCH_NAME: &[&str] = &[
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
    "nodename nor servname provided, or not known",
];

/// Looks names up at each connection and hands on only addresses that may be called, so the
/// address connected to is the address that was checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuardedResolver {
    pub(crate) reach: Reach,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResolveError {
    NoSuchName,
    Lookup { reason: String },
    Refused { address: IpAddr, kind: AddressKind },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName => f.write_str("no such name"),
            Self::Lookup { reason } => write!(f, "lookup failed: {reason}"),
            Self::Refused { address, kind } => write!(f, "{kind} address {address} refused"),
        }
    }
}

impl core::error::Error for ResolveError {}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses = found.map_err(|error| read_failure(&error))?;
            let allowed = allow(addresses, reach)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn read_failure(error: &io::Error) -> ResolveError {
    let reason = error.to_string();
    if NO_SUCH_NAME.iter().any(|known| reason.contains(known)) {
        ResolveError::NoSuchName
    } else {
        ResolveError::Lookup { reason: bounded(&reason) }
    }
}

/// The addresses that may be called; an error if there is none.
fn allow(
    addresses: impl Iterator<Item = SocketAddr>,
    reach: Reach,
) -> Result<Vec<SocketAddr>, ResolveError> {
    let mut first_refused = None;
    let mut allowed = Vec::new();
    for address in addresses.take(ADDRESSES_MAX) {
        match refused(address.ip(), reach) {
            None => allowed.push(address),
            Some(kind) => {
                first_refused =
                    first_refused.or(Some(ResolveError::Refused { address: address.ip(), kind }));
            }
        }
    }
    match first_refused {
        Some(refused) if allowed.is_empty() => Err(refused),
        None if allowed.is_empty() => Err(ResolveError::NoSuchName),
        Some(_) | None => Ok(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn of_a_mixed_answer_only_what_may_be_called_is_handed_on() {
        let mixed = addresses(&["127.0.0.1", "23.227.38.74", "::ffff:10.0.0.1"]);
        assert_eq!(allow(mixed.into_iter(), Reach::Public).unwrap(), addresses(&["23.227.38.74"]));
    }

    #[test]
    fn an_answer_of_guarded_addresses_only_is_refused_by_the_first() {
        let guarded = addresses(&["169.254.169.254", "127.0.0.1"]);
        assert_eq!(
            allow(guarded.into_iter(), Reach::Public),
            Err(ResolveError::Refused {
                address: "169.254.169.254".parse().unwrap(),
                kind: AddressKind::LinkLocal
            })
        );
    }

    #[test]
    fn a_name_without_addresses_does_not_exist() {
        assert_eq!(allow([].into_iter(), Reach::Public), Err(ResolveError::NoSuchName));
    }

    #[test]
    fn only_known_words_mean_that_a_name_does_not_exist() {
        let gone = io::Error::other("failed to lookup address information: Name does not resolve");
        assert_eq!(read_failure(&gone), ResolveError::NoSuchName);
        let trouble = io::Error::other("Temporary failure in name resolution");
        assert!(matches!(read_failure(&trouble), ResolveError::Lookup { .. }));
    }
}
