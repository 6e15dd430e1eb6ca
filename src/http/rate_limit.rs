//! How often one network may try what strangers guess at: passwords, set-up links, payments (RELIABILITY.md S66, S67).
//!
//! One value per running program, shared by its workers. Buckets of networks that were quiet long enough are
//! forgotten, and there are never more than [`limits::RATE_BUCKETS_MAX`] of each kind: a network that comes when all
//! are taken shares one bucket with the others that do.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::peer::{TrustedProxies, network_of};
use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use crate::limits;

/// Checks between two looks for buckets to forget.
const SWEEP_EVERY: u32 = 1_024;
/// The bucket of everyone who found no free one.
const THE_REST: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The limits of one running program.
#[derive(Clone)]
pub struct RateLimits(Arc<Inner>);

struct Inner {
    proxies: TrustedProxies,
    logins: Buckets,
    payments: Buckets,
    tokens: Buckets,
    links: Buckets,
}

impl RateLimits {
    /// Fresh buckets; behind `proxies` the client's own address counts.
    pub fn new(proxies: TrustedProxies) -> Self {
        let logins = Buckets::new(limits::LOGINS_BURST, limits::LOGINS_PER_MINUTE);
        let payments = Buckets::new(limits::PAYMENTS_BURST, limits::PAYMENTS_PER_MINUTE);
        let tokens = Buckets::new(limits::TOKENS_BURST, limits::TOKENS_PER_MINUTE);
        let links = Buckets::new(limits::LINKS_BURST, limits::LINKS_PER_MINUTE);
        Self(Arc::new(Inner { proxies, logins, payments, tokens, links }))
    }

    /// Counts one more try to log in, or to open a set-up link.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn login(&self, request: &HttpRequest) -> Result<()> {
        self.0.logins.take(self.client_of(request))
    }

    /// Counts one more payment tried on a hosted page.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn payment(&self, request: &HttpRequest) -> Result<()> {
        self.0.payments.take(self.client_of(request))
    }

    /// Counts one more card that a shop's page wants a token for.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn token(&self, request: &HttpRequest) -> Result<()> {
        self.0.tokens.take(self.client_of(request))
    }

    /// Counts one more link to a customer's pages that somebody asks for.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn link(&self, request: &HttpRequest) -> Result<()> {
        self.0.links.take(self.client_of(request))
    }

    /// Where the request comes from.
    pub fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.0.proxies.client_of(request)
    }
}

/// Real time since the start: a clock that is moved by hand gives nobody more tries.
#[derive(Clone)]
struct SinceStart(Stopwatch);

impl Clock for SinceStart {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.elapsed())
    }
}

struct Buckets {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, SinceStart, NoOpMiddleware<Nanos>>,
    checks: AtomicU32,
}

impl Buckets {
    fn new(burst: NonZeroU32, per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        let limiter = RateLimiter::dashmap_with_clock(quota, SinceStart(Stopwatch::start()));
        Self { limiter, checks: AtomicU32::new(0) }
    }

    fn take(&self, client: Option<IpAddr>) -> Result<()> {
        let is_full = self.limiter.len() >= limits::RATE_BUCKETS_MAX;
        if is_full || self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let has_room = !is_full || self.limiter.len() < limits::RATE_BUCKETS_MAX;
        let key = client.filter(|_| has_room).map_or(THE_REST, network_of);
        self.limiter.check_key(&key).map_err(|refused| {
            let wait = refused.wait_time_from(self.limiter.clock().now());
            Error::RateLimited { retry_after_s: whole_seconds(wait) }
        })
    }
}

/// Rounded up, so that trying again then is not too early.
fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> Buckets {
        Buckets::new(NonZeroU32::new(3).expect("not zero"), NonZeroU32::MIN)
    }

    #[test]
    fn each_network_has_its_own_burst() {
        let buckets = buckets();
        let one = Some("2001:db8::1".parse().expect("an address"));
        let neighbour = Some("2001:db8::2".parse().expect("an address"));
        let other = Some("203.0.113.9".parse().expect("an address"));
        for client in [one, neighbour, one] {
            assert!(buckets.take(client).is_ok());
        }
        match buckets.take(neighbour) {
            Err(Error::RateLimited { retry_after_s }) => assert!((1..=61).contains(&retry_after_s), "{retry_after_s}"),
            other => panic!("the /64 has used its burst up: {other:?}"),
        }
        assert!(buckets.take(other).is_ok(), "nobody else is refused");
    }

    #[test]
    fn a_flood_of_addresses_fills_no_memory_and_locks_nobody_out_who_was_there() {
        let buckets = buckets();
        let early = Some("203.0.113.9".parse().expect("an address"));
        assert!(buckets.take(early).is_ok());
        let mut refused = 0_u32;
        for bits in 0..(u32::try_from(limits::RATE_BUCKETS_MAX).expect("small") + 50) {
            let client = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + bits));
            refused += u32::from(buckets.take(Some(client)).is_err());
        }
        assert!(buckets.limiter.len() <= limits::RATE_BUCKETS_MAX + 1, "{}", buckets.limiter.len());
        assert!(refused > 0, "those without a bucket share one");
    }
}
