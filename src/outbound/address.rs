//! Which addresses on the net we call on behalf of others (RELIABILITY.md S69-S71).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How far calls may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reach {
    /// Public addresses over https, ports 443 and 8443.
    #[default]
    Public,
    /// And this machine itself, over http too, any port: for tests with a stopped clock.
    Loopback,
    /// And private networks (10/8, 172.16/12, 192.168/16, fc00::/7): the operator asked for it.
    Private,
}

/// An address that is not called, with the reason: "must begin with https://".
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Longest address that is accepted, bytes.
pub const URL_MAX_BYTES: usize = 2_000;

/// Reads an address to call; names in it are not looked up here.
///
/// # Errors
/// [`Refused`] with what is wrong, in words for the one who wrote it.
pub fn parse(text: &str, reach: Reach) -> Result<Url, Refused> {
    if text.len() > URL_MAX_BYTES {
        return Err(Refused("is longer than 2000 bytes".to_owned()));
    }
    let url = Url::parse(text).map_err(|why| Refused(format!("is no address: {why}")))?;
    let is_http = url.scheme() == "http" && reach != Reach::Public;
    if url.scheme() != "https" && !is_http {
        return Err(Refused("must begin with https://".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused("must not hold a name or password".to_owned()));
    }
    if url.fragment().is_some() {
        return Err(Refused("must not hold a fragment (#)".to_owned()));
    }
    if reach == Reach::Public && !matches!(url.port_or_known_default(), Some(443 | 8443)) {
        return Err(Refused("must use port 443 or 8443".to_owned()));
    }
    match url.host() {
        Some(Host::Ipv4(ip)) => check(IpAddr::V4(ip), reach)?,
        Some(Host::Ipv6(ip)) => check(IpAddr::V6(ip), reach)?,
        Some(Host::Domain("")) => return Err(Refused("names no host".to_owned())),
        Some(Host::Domain(_)) => {}
        None => return Err(Refused("names no host".to_owned())),
    }
    Ok(url)
}

/// Passes where `ip` may be connected to.
///
/// # Errors
/// [`Refused`] naming the address.
pub fn check(ip: IpAddr, reach: Reach) -> Result<(), Refused> {
    let allowed = match ip {
        IpAddr::V4(ip) => is_allowed_v4(ip, reach),
        IpAddr::V6(ip) => is_allowed_v6(ip, reach),
    };
    if allowed { Ok(()) } else { Err(Refused(format!("leads to {ip}, which is not a public address"))) }
}

fn is_allowed_v4(ip: Ipv4Addr, reach: Reach) -> bool {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (127, ..) => reach != Reach::Public,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => reach == Reach::Private,
        // This network, CGNAT, link-local (cloud metadata lives there), protocol assignments, documentation,
        // 6to4 relays, benchmarking, multicast, reserved and broadcast.
        (0, ..) | (100, 64..=127, _) | (169, 254, _) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) => false,
        (198, 51, 100) | (203, 0, 113) | (224.., ..) => false,
        _ => true,
    }
}

/// AWS's metadata service: private by its prefix, and never to be called.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

fn is_allowed_v6(ip: Ipv6Addr, reach: Reach) -> bool {
    let [a, b, ..] = ip.segments();
    if ip == Ipv6Addr::LOCALHOST {
        return reach != Reach::Public;
    }
    if a & 0xfe00 == 0xfc00 {
        return reach == Reach::Private && ip != METADATA_V6;
    }
    // Global unicast is 2000::/3. Inside it: Teredo and its neighbours 2001::/23, documentation, 6to4, which may carry
    // any IPv4 address. Outside it: ::ffff:0:0/96, 64:ff9b::/96, fe80::/10, multicast.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8)) && a != 0x2002 && a != 0x3fff
}
