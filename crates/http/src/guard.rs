use core::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a client may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The public internet only, over https: what a retailer typed is hostile until proven.
    Public,
    /// Loopback and private networks as well, over http too: simulated stores on one machine.
    Local,
}

/// What an address that must not be called is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// This very machine, where the Lambda runtime API listens.
    Loopback,
    /// A private network.
    Private,
    /// One network segment; the cloud's metadata service is here.
    LinkLocal,
    /// A cloud's metadata service on a private address.
    Metadata,
    /// Between a carrier and its customers.
    CarrierGrade,
    /// Not an address, or "this network".
    Unspecified,
    /// An IPv6 address that carries an IPv4 address within: a way around a check of the outer one.
    Embedded,
    /// Many machines at once.
    Multicast,
    /// For documentation or benchmarks.
    Documentation,
    /// Anything else that is set apart.
    Reserved,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::CarrierGrade => "carrier-grade",
            Self::Unspecified => "unspecified",
            Self::Embedded => "embedded",
            Self::Multicast => "multicast",
            Self::Documentation => "documentation",
            Self::Reserved => "reserved",
        })
    }
}

use AddressKind::{
    CarrierGrade, Documentation, Embedded, LinkLocal, Loopback, Metadata, Multicast, Private,
    Reserved, Unspecified,
};

/// IANA's IPv4 special-purpose registry, less what is globally reachable. The first match counts.
const V4: &[(Ipv4Addr, u32, AddressKind)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Private),
    (Ipv4Addr::new(100, 100, 100, 200), 32, Metadata),
    (Ipv4Addr::new(100, 64, 0, 0), 10, CarrierGrade),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Loopback),
    (Ipv4Addr::new(168, 63, 129, 16), 32, Metadata),
    (Ipv4Addr::new(169, 254, 0, 0), 16, LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Embedded),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Documentation),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Reserved),
];

/// IANA's IPv6 special-purpose registry. The first match counts.
const V6: &[(Ipv6Addr, u32, AddressKind)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Loopback),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, Embedded),
    (Ipv6Addr::UNSPECIFIED, 96, Embedded),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, Embedded),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Embedded),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, Embedded),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, Documentation),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Reserved),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Documentation),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Embedded),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Documentation),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32, Metadata),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Private),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, LinkLocal),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Private),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Multicast),
];

/// Global unicast: all that is assigned to anybody lies in `2000::/3`.
const V6_GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What an address is for, where it is not for the public internet.
fn special(address: IpAddr) -> Option<AddressKind> {
    match address {
        IpAddr::V4(v4) => V4
            .iter()
            .find(|(net, prefix, _)| {
                same_prefix(v4.to_bits().into(), net.to_bits().into(), 32, *prefix)
            })
            .map(|(_, _, kind)| *kind),
        IpAddr::V6(v6) => V6
            .iter()
            .find(|(net, prefix, _)| same_prefix(v6.to_bits(), net.to_bits(), 128, *prefix))
            .map(|(_, _, kind)| *kind)
            .or_else(|| {
                let (net, prefix) = V6_GLOBAL;
                (!same_prefix(v6.to_bits(), net.to_bits(), 128, prefix)).then_some(Reserved)
            }),
    }
}

/// Why an address must not be called at this reach; `None` where it may be.
pub fn refused(address: IpAddr, reach: Reach) -> Option<AddressKind> {
    special(address).filter(|kind| match reach {
        Reach::Public => true,
        Reach::Local => !matches!(kind, Loopback | Private),
    })
}

fn same_prefix(a: u128, b: u128, width: u32, prefix: u32) -> bool {
    (a ^ b).checked_shr(width.saturating_sub(prefix)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[(&str, Option<AddressKind>)] = &[
        ("0.0.0.0", Some(Unspecified)),
        ("0.255.255.255", Some(Unspecified)),
        ("1.0.0.0", None),
        ("9.255.255.255", None),
        ("10.0.0.0", Some(Private)),
        ("10.255.255.255", Some(Private)),
        ("11.0.0.0", None),
        ("100.63.255.255", None),
        ("100.64.0.0", Some(CarrierGrade)),
        ("100.100.100.200", Some(Metadata)),
        ("100.127.255.255", Some(CarrierGrade)),
        ("100.128.0.0", None),
        ("126.255.255.255", None),
        ("127.0.0.1", Some(Loopback)),
        ("127.255.255.255", Some(Loopback)),
        ("128.0.0.0", None),
        ("168.63.129.16", Some(Metadata)),
        ("168.63.129.17", None),
        ("169.253.255.255", None),
        ("169.254.0.0", Some(LinkLocal)),
        ("169.254.169.254", Some(LinkLocal)),
        ("169.254.170.2", Some(LinkLocal)),
        ("169.255.0.0", None),
        ("172.15.255.255", None),
        ("172.16.0.0", Some(Private)),
        ("172.31.255.255", Some(Private)),
        ("172.32.0.0", None),
        ("191.255.255.255", None),
        ("192.0.0.0", Some(Reserved)),
        ("192.0.0.255", Some(Reserved)),
        ("192.0.1.0", None),
        ("192.0.2.1", Some(Documentation)),
        ("192.0.3.0", None),
        ("192.88.99.1", Some(Embedded)),
        ("192.167.255.255", None),
        ("192.168.0.0", Some(Private)),
        ("192.168.255.255", Some(Private)),
        ("192.169.0.0", None),
        ("198.17.255.255", None),
        ("198.18.0.0", Some(Documentation)),
        ("198.19.255.255", Some(Documentation)),
        ("198.20.0.0", None),
        ("198.51.100.7", Some(Documentation)),
        ("203.0.113.255", Some(Documentation)),
        ("203.0.114.0", None),
        ("223.255.255.255", None),
        ("224.0.0.0", Some(Multicast)),
        ("239.255.255.255", Some(Multicast)),
        ("240.0.0.0", Some(Reserved)),
        ("255.255.255.255", Some(Reserved)),
        ("23.227.38.74", None),
        ("::", Some(Unspecified)),
        ("::1", Some(Loopback)),
        ("::2", Some(Embedded)),
        ("::127.0.0.1", Some(Embedded)),
        ("::8.8.8.8", Some(Embedded)),
        ("::ffff:127.0.0.1", Some(Embedded)),
        ("::ffff:8.8.8.8", Some(Embedded)),
        ("64:ff9b::7f00:1", Some(Embedded)),
        ("64:ff9b::8.8.8.8", Some(Embedded)),
        ("64:ff9b:1::1", Some(Embedded)),
        ("100::1", Some(Reserved)),
        ("1fff:ffff::", Some(Reserved)),
        ("2001::1", Some(Embedded)),
        ("2001:2::1", Some(Documentation)),
        ("2001:10::1", Some(Reserved)),
        ("2001:1ff:ffff::", Some(Reserved)),
        ("2001:200::1", None),
        ("2001:db8::1", Some(Documentation)),
        ("2002:7f00:1::1", Some(Embedded)),
        ("2002:808:808::1", Some(Embedded)),
        ("2003::1", None),
        ("2606:4700::6810:84e5", None),
        ("3ffe::1", None),
        ("3fff::1", Some(Documentation)),
        ("3fff:1000::1", None),
        ("4000::1", Some(Reserved)),
        ("5f00::1", Some(Reserved)),
        ("fbff::1", Some(Reserved)),
        ("fc00::1", Some(Private)),
        ("fd00:ec2::254", Some(Metadata)),
        ("fd12:3456::1", Some(Private)),
        ("fe80::1", Some(LinkLocal)),
        ("febf::1", Some(LinkLocal)),
        ("fec0::1", Some(Private)),
        ("ff02::1", Some(Multicast)),
    ];

    #[test]
    fn every_special_range_is_known_from_its_first_address_to_its_last() {
        for (text, expected) in TABLE {
            assert_eq!(special(text.parse().unwrap()), *expected, "{text}");
        }
    }

    #[test]
    fn public_reach_refuses_every_special_address() {
        for (text, expected) in TABLE {
            assert_eq!(refused(text.parse().unwrap(), Reach::Public), *expected, "{text}");
        }
    }

    #[test]
    fn local_reach_adds_loopback_and_private_addresses_and_nothing_else() {
        for (text, expected) in TABLE {
            let still = expected.filter(|kind| !matches!(kind, Loopback | Private));
            assert_eq!(refused(text.parse().unwrap(), Reach::Local), still, "{text}");
        }
    }
}
