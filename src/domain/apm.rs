//! Alternative payment methods: the customer pays on the method's own page and is sent back to the merchant's.
//!
//! The address to return to is the only one that a customer is ever sent to, and only as the merchant wrote it, with
//! parameters of ours behind it.

/// Longest address to return to, bytes.
pub const REDIRECT_URL_MAX: usize = 2_048;

/// What a customer pays with on another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apm {
    /// Which method: "alipay".
    pub kind: String,
    /// Where the customer goes afterwards.
    pub redirect_url: RedirectUrl,
    /// Language of the method's page: "en-US".
    pub locale: String,
    /// The merchant's name of the customer.
    pub consumer_ref: String,
}

/// An address of http or https that a browser reads as we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl(String);

impl RedirectUrl {
    /// Reads an address: http or https, a host, no user name, nothing but printable ASCII, no backslash (browsers take
    /// it for a slash), at most [`REDIRECT_URL_MAX`] bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() <= REDIRECT_URL_MAX
            && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'<' | b'>' | b'"' | b'`'));
        let (scheme, rest) = text.split_once("://").filter(|_| fits)?;
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let authority = rest.split(['/', '?', '#']).next().filter(|_| is_web)?;
        is_authority(authority).then(|| Self(text.to_owned()))
    }

    /// As the merchant wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with `parameters` (letters, digits and `_` only) behind its own, before its fragment.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let (address, fragment) = match self.0.split_once('#') {
            Some((address, fragment)) => (address, format!("#{fragment}")),
            None => (self.0.as_str(), String::new()),
        };
        let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{address}{joint}{}{fragment}", pairs.join("&"))
    }
}

/// `host` or `host:port`; the host a name or an IPv4 address.
fn is_authority(authority: &str) -> bool {
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !label.starts_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label) && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_a_browser_reads_as_we_do() {
        for (text, good) in [
            ("http://merchantwebsite.com/", true),
            ("https://shop.example:8443/thanks?order=1#done", true),
            ("HTTPS://SHOP.EXAMPLE", true),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]:8080/x", false),
            ("https://shop_1.example/", false),
            ("http://localhost/", true),
            ("", false),
            ("/thanks", false),
            ("//shop.example/", false),
            ("javascript:alert(1)", false),
            ("javascript://shop.example/%0aalert(1)", false),
            ("data:text/html,x", false),
            ("ftp://shop.example/", false),
            ("https:/shop.example", false),
            ("https://", false),
            ("https:///x", false),
            ("https://user@shop.example/", false),
            ("https://shop.example:@evil.example/", false),
            ("https://shop.example\\@evil.example/", false),
            ("https://shop.example\\.evil.example/", false),
            ("https://shop.example:0/", false),
            ("https://shop.example:65536/", false),
            ("https://shop.example:+80/", false),
            ("https://shop..example/", false),
            ("https://-shop.example/", false),
            ("https://[::1/", false),
            ("https://shop.example/a b", false),
            ("https://shop.example/\r\nset-cookie:x", false),
            ("https://shöp.example/", false),
            ("https://shop.example/<x>", false),
        ] {
            assert_eq!(RedirectUrl::parse(text).is_some(), good, "{text:?}");
        }
        let base = "https://shop.example/";
        let long = format!("{base}{}", "x".repeat(REDIRECT_URL_MAX - base.len()));
        assert!(RedirectUrl::parse(&long).is_some());
        assert!(RedirectUrl::parse(&format!("{long}x")).is_none());
    }

    #[test]
    fn parameters_go_behind_the_merchants_own_and_before_the_fragment() {
        for (url, expected) in [
            ("https://a.example", "https://a.example?status=approved&id=1"),
            ("https://a.example/?", "https://a.example/?status=approved&id=1"),
            ("https://a.example/x?o=1", "https://a.example/x?o=1&status=approved&id=1"),
            ("https://a.example/x?o=1&", "https://a.example/x?o=1&status=approved&id=1"),
            ("https://a.example/#/done?x", "https://a.example/?status=approved&id=1#/done?x"),
        ] {
            let url = RedirectUrl::parse(url).expect("a good address");
            assert_eq!(url.with(&[("status", "approved"), ("id", "1")]), expected);
        }
    }
}
