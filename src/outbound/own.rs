//! Our own addresses: nobody has us call ourselves (RELIABILITY.md S71), because what runs beside us may trust whoever
//! calls from this machine.
//!
//! Ours is what a network interface of this machine has, and what our public name leads to: behind a router that
//! translates addresses the machine does not know its public one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use url::{Host, Url};

use super::address::Refused;
use super::http::Lookup;

/// Any port: nothing is sent to it.
const ANY_PORT: u16 = 9;

/// Where we are found.
#[derive(Clone, Debug, Default)]
pub(super) struct Own(Option<Host<String>>);

impl Own {
    /// From our public address; "" where there is none.
    pub(super) fn of(public_url: &str) -> Self {
        Self(Url::parse(public_url).ok().and_then(|url| url.host().map(|host| host.to_owned())))
    }

    /// Passes where `name`, if there is one, is not ours and none of the addresses it leads to is.
    ///
    /// # Errors
    /// [`Refused`] as this server.
    pub(super) async fn check(
        &self,
        name: Option<&str>,
        found: &[IpAddr],
        lookup: &Lookup,
        limit: Duration,
    ) -> Result<(), Refused> {
        let is_named = matches!((&self.0, name), (Some(Host::Domain(own)), Some(name)) if is_same(own, name));
        if is_named || found.iter().any(|ip| is_of_this_machine(*ip)) {
            return Err(refused());
        }
        let public = self.addresses(lookup, limit).await;
        if found.iter().any(|ip| public.contains(ip)) { Err(refused()) } else { Ok(()) }
    }

    /// What our public name leads to; nothing where nobody knows it, for then nobody is led to us by it either.
    async fn addresses(&self, lookup: &Lookup, limit: Duration) -> Vec<IpAddr> {
        match &self.0 {
            None => Vec::new(),
            Some(Host::Ipv4(ip)) => vec![IpAddr::V4(*ip)],
            Some(Host::Ipv6(ip)) => vec![IpAddr::V6(*ip)],
            Some(Host::Domain(name)) => {
                let found = tokio::time::timeout(limit, lookup(name.clone())).await;
                found.ok().and_then(Result::ok).unwrap_or_default()
            }
        }
    }
}

fn refused() -> Refused {
    Refused("leads to this server itself".to_owned())
}

/// Names in any case, with or without the dot of the root.
fn is_same(own: &str, name: &str) -> bool {
    own.trim_end_matches('.').eq_ignore_ascii_case(name.trim_end_matches('.'))
}

/// Whether an interface of this machine has this address: from nowhere else does the way there begin at the address
/// itself. Nothing is sent.
fn is_of_this_machine(ip: IpAddr) -> bool {
    let anywhere = match ip {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let begins = UdpSocket::bind(SocketAddr::new(anywhere, 0)).and_then(|socket| {
        socket.connect(SocketAddr::new(ip, ANY_PORT))?;
        socket.local_addr()
    });
    begins.is_ok_and(|begins| begins.ip() == ip)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn lookup() -> Lookup {
        Arc::new(|name| {
            Box::pin(async move {
                match name.as_str() {
                    "billing.example" => Ok(vec!["8.8.4.4".parse().expect("an address")]),
                    _ => Err(std::io::Error::other("no such name")),
                }
            })
        })
    }

    #[test]
    fn this_machine_knows_its_addresses() {
        for (ip, expected) in [("127.0.0.1", true), ("8.8.8.8", false), ("1.1.1.1", false), ("2001:4860::1", false)] {
            assert_eq!(is_of_this_machine(ip.parse().expect("an address")), expected, "{ip}");
        }
    }

    #[tokio::test]
    async fn our_own_name_and_addresses_are_refused() {
        for (public_url, name, found, accepted) in [
            ("", Some("shop.example"), "8.8.8.8", true),
            ("", Some("shop.example"), "127.0.0.1", false),
            ("", None, "127.0.0.1", false),
            ("https://billing.example", Some("shop.example"), "8.8.8.8", true),
            ("https://billing.example", Some("billing.example"), "8.8.8.8", false),
            ("https://billing.example:8443", Some("BILLING.example."), "8.8.8.8", false),
            ("https://billing.example", Some("shop.example"), "8.8.4.4", false),
            ("https://billing.example", None, "8.8.4.4", false),
            ("https://nowhere.example", None, "8.8.4.4", true),
            ("https://8.8.8.8", Some("shop.example"), "8.8.8.8", false),
            ("https://8.8.8.8", Some("shop.example"), "8.8.4.4", true),
            ("https://[2001:4860::1]", None, "2001:4860::1", false),
        ] {
            let found: Vec<IpAddr> = found.split(' ').map(|ip| ip.parse().expect("an address")).collect();
            let checked = Own::of(public_url).check(name, &found, &lookup(), Duration::from_secs(5)).await;
            assert_eq!(checked.is_ok(), accepted, "{public_url} {name:?} {found:?}");
        }
    }
}
