//! Where a request comes from. `X-Forwarded-For` is believed only of a proxy that the operator named.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

/// The machines in front of us whose word about the client's address counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpAddr>);

impl TrustedProxies {
    /// These addresses.
    pub fn new(addresses: Vec<IpAddr>) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// The client's address: the connection's, or behind a named proxy the last one in `X-Forwarded-For` that is none
    /// of them. What stands before it was written by the client, so it is not looked at.
    pub fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        let headers = request.headers().get_all("x-forwarded-for");
        let lines: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
        Some(self.behind(peer, &lines))
    }

    fn behind(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut client = peer;
        for hop in forwarded.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.0.contains(&client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }
}

/// The addresses one client can pick from at will: one IPv4 address, or the /64 of an IPv6 one (RELIABILITY.md S66).
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        let none = TrustedProxies::default();
        let two = TrustedProxies::new(vec![ip("10.0.0.1"), ip("10.0.0.2")]);
        for (proxies, peer, forwarded, client) in [
            (&none, "10.0.0.1", vec!["203.0.113.9"], "10.0.0.1"),
            (&two, "198.51.100.7", vec!["203.0.113.9"], "198.51.100.7"),
            (&two, "10.0.0.1", vec![], "10.0.0.1"),
            (&two, "10.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            (&two, "10.0.0.1", vec!["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&two, "10.0.0.1", vec!["1.1.1.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (&two, "10.0.0.1", vec!["1.1.1.1, not an address"], "10.0.0.1"),
            (&two, "::ffff:10.0.0.1", vec!["2001:db8::5"], "2001:db8::5"),
        ] {
            assert_eq!(proxies.behind(ip(peer).to_canonical(), &forwarded), ip(client), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_network_is_an_address_or_a_64() {
        for (address, network) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
            ("2001:db8:1:3::", "2001:db8:1:3::"),
        ] {
            assert_eq!(network_of(ip(address)), ip(network), "{address}");
        }
    }
}
