use core::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::guard::{AddressKind, Reach, refused};

/// Ports that may be called over the public internet.
pub const PUBLIC_PORTS: &[u16] = &[443, 8443];

/// The longest base URL accepted, in bytes.
pub const BASE_URL_BYTES_MAX: usize = 2048;

/// Where a store lives: scheme, host, port and perhaps a path, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    reach: Reach,
}

/// Why a text is no base URL. Never holds the text itself, which may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Too long.
    #[error("found a URL of {found} bytes where at most {BASE_URL_BYTES_MAX} are accepted")]
    Length {
        /// Its length in bytes.
        found: usize,
    },
    /// Not a URL at all.
    #[error("found no URL ({reason}) where one such as https://example.myshopify.com was expected")]
    Syntax {
        /// What the parser says.
        reason: url::ParseError,
    },
    /// A scheme that may not be used.
    #[error(
        "found scheme {found:?} where {} was expected: {}",
        scheme_expected(*.reach),
        scheme_advice(*.reach)
    )]
    Scheme {
        /// The scheme found.
        found: String,
        /// The reach it was parsed for.
        reach: Reach,
    },
    /// A user name or password in the URL.
    #[error("found a user name or password in the URL: give credentials on their own")]
    UserInfo,
    /// A query or fragment.
    #[error("found a query or fragment in the URL: leave out everything from ? or # on")]
    Query,
    /// A port that may not be called.
    #[error("found port {found} where one of {PUBLIC_PORTS:?} was expected")]
    Port {
        /// The port found.
        found: u16,
    },
    /// An address that may not be called.
    #[error(
        "found {kind} address {address} where a public one was expected: simulated stores on this \
         machine need --allow-local"
    )]
    Address {
        /// The address found.
        address: IpAddr,
        /// What it is for.
        kind: AddressKind,
    },
}

const fn scheme_expected(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => "https",
        Reach::Local => "http or https",
    }
}

const fn scheme_advice(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => {
            "write https://, or add --allow-local for a simulated store on this machine"
        }
        Reach::Local => "write http:// or https://",
    }
}

impl BaseUrl {
    /// Parses a base URL for a client of this reach.
    ///
    /// # Errors
    /// Anything but scheme, host, port and path; and whatever `reach` does not allow. A host given
    /// by name is checked when it is connected to.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, BaseUrlError> {
        if text.len() > BASE_URL_BYTES_MAX {
            return Err(BaseUrlError::Length { found: text.len() });
        }
        let url = Url::parse(text.trim()).map_err(|reason| BaseUrlError::Syntax { reason })?;
        let allowed = match reach {
            Reach::Public => url.scheme() == "https",
            Reach::Local => matches!(url.scheme(), "http" | "https"),
        };
        if !allowed {
            return Err(BaseUrlError::Scheme { found: url.scheme().to_owned(), reach });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = address
            && let Some(kind) = refused(address, reach)
        {
            return Err(BaseUrlError::Address { address, kind });
        }
        match (reach, url.port_or_known_default()) {
            (Reach::Public, Some(port)) if !PUBLIC_PORTS.contains(&port) => {
                Err(BaseUrlError::Port { found: port })
            }
            _ => Ok(Self { url, reach }),
        }
    }

    /// The host, as a name or an address.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether what is sent there can be read on the way, and leaves this machine.
    pub fn can_be_overheard(&self) -> bool {
        let stays_here = match self.url.host() {
            Some(Host::Ipv4(v4)) => v4.is_loopback(),
            Some(Host::Ipv6(v6)) => v6.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        self.url.scheme() != "https" && !stays_here
    }

    /// The reach it was parsed for.
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// This base with a path and query put after it.
    pub(crate) fn join(&self, path_and_query: &str) -> Option<Url> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        if !path.starts_with('/') {
            return None;
        }
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url.set_query(query);
        Some(url)
    }
}

/// As it can be parsed again.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self}, {:?})", self.reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_store_is_accepted_and_prints_as_it_was_given() {
        for text in
            ["https://example.myshopify.com", "https://shop.example:8443/m2", "https://8.8.8.8"]
        {
            assert_eq!(BaseUrl::parse(text, Reach::Public).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_public_reach_refuses_is_named_with_what_to_do() {
        for (text, start) in [
            ("example.myshopify.com", "found no URL"),
            ("http://example.com", "found scheme \"http\" where https was expected: write https"),
            ("ftp://example.com", "found scheme \"ftp\""),
            ("https://me:secret@example.com", "found a user name or password"),
            ("https://example.com/?token=secret", "found a query"),
            ("https://example.com/#x", "found a query or fragment"),
            ("https://example.com:6379", "found port 6379 where one of [443, 8443]"),
            ("https://127.0.0.1", "found loopback address 127.0.0.1"),
            ("https://2130706433", "found loopback address 127.0.0.1"),
            ("https://0x7f.1", "found loopback address 127.0.0.1"),
            ("https://0177.0.0.1", "found loopback address 127.0.0.1"),
            ("https://169.254.169.254", "found link-local address"),
            ("https://[::1]", "found loopback address ::1"),
            ("https://[::ffff:10.0.0.1]", "found embedded address"),
            ("https://[2002:7f00:1::]", "found embedded address"),
        ] {
            let error = BaseUrl::parse(text, Reach::Public).unwrap_err().to_string();
            assert!(error.starts_with(start), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn local_reach_adds_http_and_this_machine_but_not_the_metadata_service() {
        for text in
            ["http://127.0.0.1:4000", "http://localhost:80", "https://[::1]:9", "http://10.1.1.1"]
        {
            assert!(BaseUrl::parse(text, Reach::Local).is_ok(), "{text}");
        }
        for text in
            ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://0.0.0.0", "file:///x"]
        {
            assert!(BaseUrl::parse(text, Reach::Local).is_err(), "{text}");
        }
    }

    #[test]
    fn an_endless_text_is_refused_by_its_length() {
        let text = format!("https://{}.com", "a".repeat(BASE_URL_BYTES_MAX));
        assert_eq!(
            BaseUrl::parse(&text, Reach::Public),
            Err(BaseUrlError::Length { found: text.len() })
        );
    }

    #[test]
    fn a_path_never_leads_to_another_host() {
        let base = BaseUrl::parse("https://example.com/m2/", Reach::Public).unwrap();
        assert_eq!(
            base.join("/rest/V1?x=1").unwrap().as_str(),
            "https://example.com/m2/rest/V1?x=1"
        );
        assert!(base.join("@evil.example/").is_none());
        for path in ["//evil.example/x", "/\\evil.example", "/../../x", "/:80@evil"] {
            assert_eq!(base.join(path).unwrap().host_str(), Some("example.com"), "{path}");
        }
    }
}
