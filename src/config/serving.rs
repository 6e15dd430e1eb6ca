//! How the program is reached, and by which clock it lives.

use std::net::{IpAddr, SocketAddr};

use clap::Args;

use super::MailConfig;
use crate::domain::time::Timestamp;

/// Address, public name and clock.
#[derive(Args, Clone, Debug)]
pub struct ServingConfig {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", env = "BURSAR_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where customers reach us; the address that is listened on where it is not named
    #[arg(long, value_name = "URL", env = "BURSAR_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// A proxy in front of us, whose X-Forwarded-For is believed; may be named again
    #[arg(long, value_name = "IP", env = "BURSAR_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxy: Vec<IpAddr>,
    /// Start with a clock that stands at this instant and is moved by POST /api/test-clock
    #[arg(long, value_name = "RFC3339", env = "BURSAR_TEST_CLOCK", value_parser = instant)]
    pub test_clock: Option<Timestamp>,
    /// Who takes our mails
    #[command(flatten)]
    pub mail: MailConfig,
    /// Let webhooks call http addresses and this machine's private network; otherwise only public https ones
    #[arg(long, env = "BURSAR_ALLOW_PRIVATE_WEBHOOKS")]
    pub allow_private_webhooks: bool,
}

/// An origin: scheme and host, no path, no slash at the end.
fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_origin = host.is_some_and(|host| {
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    });
    if is_origin {
        Ok(url.to_owned())
    } else {
        Err("must be such as https://pay.example.com, without a path".to_owned())
    }
}

/// An instant such as `2026-01-31T10:00:00Z`.
fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "must be an instant such as 2026-01-31T10:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, expected) in [
            ("https://pay.example.com", Some("https://pay.example.com")),
            ("https://pay.example.com/", Some("https://pay.example.com")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("pay.example.com", None),
            ("https://", None),
            ("https://pay.example.com/shop", None),
            ("https://a b", None),
            ("ftp://pay.example.com", None),
        ] {
            assert_eq!(public_url(text).ok().as_deref(), expected, "{text}");
        }
    }
}
