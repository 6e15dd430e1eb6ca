//! The one way to call an address that somebody else gave us: guarded, bounded, never twice by itself.
//!
//! Promise: a call reaches no address that [`address::check`] refuses, and in earnest ([`Reach::Public`]) not ourselves,
//! whatever a name resolves to at that moment; it
//! follows no redirect, uses no proxy, takes at most the two time limits of [`Settings`], and reads at most
//! [`ANSWER_MAX_BYTES`] of what comes back.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderValue;

use super::address::{self, Reach, Refused};
use super::own::Own;
use crate::clock::Stopwatch;

/// How much of an answer is read, bytes; the rest stays on the wire (RELIABILITY.md S72).
pub const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// How calls are made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How far they go.
    pub reach: Reach,
    /// Where we are found ourselves, "" where that is nowhere: we are not called.
    pub public_url: String,
    /// For the connection, milliseconds.
    pub connect_timeout_ms: u64,
    /// For the whole exchange, milliseconds.
    pub total_timeout_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { reach: Reach::Public, public_url: String::new(), connect_timeout_ms: 5_000, total_timeout_ms: 15_000 }
    }
}

/// Finds the addresses of a name.
pub type Lookup =
    Arc<dyn Fn(String) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Chooses who does the cryptography of TLS for this process; without it no client can be made.
pub fn provider_install() {
    // Somebody else of this process may have made the same choice before.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// What came back, or why nothing did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The status, `None` where no answer came.
    pub status: Option<u16>,
    /// `Retry-After` in seconds, where it was said so.
    pub retry_after_s: Option<u32>,
    /// The beginning of the body, as text.
    pub body: String,
    /// What went wrong on the way, "" where an answer came.
    pub problem: String,
    /// Real time from start to end, milliseconds.
    pub duration_ms: u64,
}

/// The client. Clones share connections.
#[derive(Clone)]
pub struct Outbound {
    settings: Settings,
    guard: Guard,
    client: Arc<OnceLock<Result<reqwest::Client, String>>>,
}

impl Outbound {
    /// A client that asks the machine's resolver.
    pub fn new(settings: Settings) -> Self {
        let lookup: Lookup = Arc::new(|name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) })
        });
        Self::with_lookup(settings, lookup)
    }

    /// A client with another resolver, for tests of what a resolver may say.
    pub fn with_lookup(settings: Settings, lookup: Lookup) -> Self {
        let limit = Duration::from_millis(settings.connect_timeout_ms);
        let guard = Guard { lookup, reach: settings.reach, own: Own::of(&settings.public_url), limit };
        Self { settings, guard, client: Arc::default() }
    }

    /// How far calls go.
    pub fn reach(&self) -> Reach {
        self.settings.reach
    }

    /// Reads an address and looks its name up once, so that a bad one is refused where it is entered. Every call
    /// checks again. With [`Reach::Public`] a name that nobody knows is refused too (S69).
    ///
    /// # Errors
    /// [`Refused`] with what is wrong.
    pub async fn check(&self, text: &str) -> Result<(), Refused> {
        let url = address::parse(text, self.settings.reach)?;
        let name = match literal(&url) {
            Some(ip) => return self.guard.check(None, &[ip]).await,
            None => url.host_str().unwrap_or_default(),
        };
        match tokio::time::timeout(self.guard.limit, (self.guard.lookup)(name.to_owned())).await {
            Ok(Ok(found)) if !found.is_empty() => self.guard.check(Some(name), &found).await,
            _ if self.settings.reach == Reach::Public => Err(Refused(format!("names {name}, which nobody knows"))),
            _ => Ok(()),
        }
    }

    /// Sends a POST and reads the answer. A refused address, a broken connection or a time-out is no error but what
    /// came of it.
    pub async fn post(&self, url: &str, headers: &[(String, String)], body: Vec<u8>) -> Answered {
        let watch = Stopwatch::start();
        let mut answered = match self.request(url, headers, body).await {
            Err(why) => Answered::failed(why),
            Ok(request) => exchange(request).await,
        };
        answered.duration_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
        answered
    }

    async fn request(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<reqwest::RequestBuilder, String> {
        // A literal address never meets the resolver, so it is checked here.
        let url = address::parse(url, self.settings.reach).map_err(|why| why.to_string())?;
        if let Some(ip) = literal(&url) {
            self.guard.check(None, &[ip]).await.map_err(|why| why.to_string())?;
        }
        let mut request = self.client()?.post(url);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be a header"))?;
            request = request.header(name, value);
        }
        Ok(request.body(body))
    }

    fn client(&self) -> Result<&reqwest::Client, String> {
        let made = self.client.get_or_init(|| {
            provider_install();
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .http1_only()
                .retry(reqwest::retry::never())
                .user_agent(concat!("Bursar/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_millis(self.settings.connect_timeout_ms))
                .timeout(Duration::from_millis(self.settings.total_timeout_ms))
                .pool_idle_timeout(Duration::from_secs(20))
                .pool_max_idle_per_host(1)
                .dns_resolver(Arc::new(self.guard.clone()))
                .build()
                .map_err(|why| format!("no client for outbound calls: {}", chain(&why)))
        });
        made.as_ref().map_err(String::clone)
    }
}

impl Answered {
    /// No answer came, for this reason.
    pub fn failed(problem: String) -> Self {
        Self { status: None, retry_after_s: None, body: String::new(), problem, duration_ms: 0 }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Answered {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(why) => return Answered::failed(problem(&why)),
    };
    let status = response.status().as_u16();
    let retry_after_s =
        response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    let mut problem_of_body = String::new();
    while body.len() < ANSWER_MAX_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(why) => {
                problem_of_body = problem(&why);
                break;
            }
        }
    }
    body.truncate(ANSWER_MAX_BYTES);
    // An answer that breaks off after its status has still been given.
    let body = String::from_utf8_lossy(&body).into_owned();
    Answered { status: Some(status), retry_after_s, body, problem: problem_of_body, duration_ms: 0 }
}

/// What went wrong, without the address (which may hold a secret in its path).
fn problem(why: &reqwest::Error) -> String {
    if why.is_timeout() {
        return if why.is_connect() { "no connection in time" } else { "no answer in time" }.to_owned();
    }
    chain(why)
}

/// The innermost reason: the outer ones repeat the address.
fn chain(why: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = why;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

/// Hands only allowed addresses to whoever connects: what is checked is what is connected to.
#[derive(Clone)]
struct Guard {
    lookup: Lookup,
    reach: Reach,
    own: Own,
    /// For a look-up.
    limit: Duration,
}

impl Guard {
    /// Passes where every address that `name` leads to, if it has one, may be called.
    async fn check(&self, name: Option<&str>, found: &[IpAddr]) -> Result<(), Refused> {
        found.iter().try_for_each(|ip| address::check(*ip, self.reach))?;
        match self.reach {
            Reach::Public => self.own.check(name, found, &self.lookup, self.limit).await,
            // This machine was allowed.
            Reach::Loopback | Reach::Private => Ok(()),
        }
    }
}

/// The address that stands in a URL itself, without a name.
fn literal(url: &url::Url) -> Option<IpAddr> {
    match url.host()? {
        url::Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        url::Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        url::Host::Domain(_) => None,
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = (guard.lookup)(name.as_str().to_owned()).await?;
            let mut refused = Refused("leads nowhere".to_owned());
            let mut allowed = Vec::new();
            for ip in found {
                match address::check(ip, guard.reach) {
                    Ok(()) => allowed.push(ip),
                    Err(why) => refused = why,
                }
            }
            if allowed.is_empty() {
                return Err(Box::new(refused) as Box<dyn std::error::Error + Send + Sync>);
            }
            guard.check(Some(name.as_str()), &allowed).await?;
            Ok(Box::new(allowed.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
