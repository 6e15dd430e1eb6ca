//! What our answers forbid browsers to do with them (RELIABILITY.md S35, S36, S40).
//!
//! `everywhere` goes around the whole app; `page` is how a page leaves the house. Pages carry no inline style or
//! script, so the policy names only our own origin, and the logo's where a company has one.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::DefaultHeaders,
};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// Everything a page could ask a device for, refused.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()";

/// How long a browser insists on TLS, seconds (a year).
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Headers of every answer that does not set its own; `https` when the public address is one.
pub fn everywhere(https: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((X_FRAME_OPTIONS, "DENY"))
        .add((REFERRER_POLICY, "no-referrer"))
        .add((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ))
        .add((CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .add((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .add((PERMISSIONS_POLICY, PERMISSIONS))
        .add((X_ROBOTS_TAG, "noindex, nofollow"));
    if https { headers.add((STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT)) } else { headers }
}

/// What one page may load, and where its forms may lead, beyond our own origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PagePolicy {
    logo_origin: Option<String>,
    form_origin: Option<String>,
}

impl PagePolicy {
    /// The page shows a company's logo. An address that is not plain https is not allowed in:
    /// the picture then stays away, the page does not.
    #[must_use]
    pub fn logo(mut self, url: Option<&str>) -> Self {
        self.logo_origin = url.and_then(https_origin);
        self
    }

    /// A form's answer may redirect to this address, such as a bank's confirmation page:
    /// browsers hold `form-action` against redirects too.
    #[must_use]
    pub fn form_leads_to(mut self, url: Option<&str>) -> Self {
        self.form_origin = url.and_then(web_origin);
        self
    }

    /// The value of `Content-Security-Policy`.
    pub fn header(&self) -> String {
        let with = |origin: &Option<String>| origin.as_ref().map(|o| format!(" {o}")).unwrap_or_default();
        format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'{}; form-action 'self'{}; \
             base-uri 'none'; frame-ancestors 'none'",
            with(&self.logo_origin),
            with(&self.form_origin)
        )
    }
}

/// A page: never cached, never indexed, with its own policy.
pub fn page(status: StatusCode, html: String, policy: &PagePolicy) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, policy.header()))
        // Not "no-referrer": browsers would then write `Origin: null` on our own forms, and on plain HTTP, where they
        // leave `Sec-Fetch-Site` out, nothing would tell our page from a stranger's.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_ROBOTS_TAG, "noindex, nofollow"))
        .body(html)
}

/// As [`https_origin`], and `http://host[:port]`: the merchant says where its customers return to.
fn web_origin(url: &str) -> Option<String> {
    let Some(rest) = url.strip_prefix("http://") else { return https_origin(url) };
    let origin = https_origin(&format!("https://{rest}"))?;
    Some(origin.replacen("https:", "http:", 1))
}

/// `https://host[:port]` of an address, if it is made of nothing that could end a header's directive.
fn https_origin(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let name_is_plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    let port_is_plain = port.parse::<u16>().is_ok_and(|port| port > 0) && port.bytes().all(|b| b.is_ascii_digit());
    (name_is_plain && port_is_plain).then(|| format!("https://{}", host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test as client, web};

    use super::*;

    #[test]
    fn a_logo_adds_its_origin_and_nothing_else() {
        let images = |url| {
            let header = PagePolicy::default().logo(Some(url)).header();
            header.split("; ").find(|d| d.starts_with("img-src")).expect("img-src is always there").to_owned()
        };
        assert_eq!(
            images("https://CDN.acme.example:8443/logo.png?x=1"),
            "img-src 'self' https://cdn.acme.example:8443"
        );
        assert_eq!(images("https://acme.example"), "img-src 'self' https://acme.example");
        for bad in [
            "http://acme.example/l.png",
            "https://",
            "https://a b/",
            "https://user@acme.example/",
            "https://acme.example;script-src *",
            "https://*.example/",
            "https://acme.example:0/",
            "https://acme.example:+80/",
            "https://ácme.example/",
            "javascript:alert(1)",
            "data:image/svg+xml,x",
            "//acme.example/",
            "",
        ] {
            assert_eq!(images(bad), "img-src 'self'", "{bad}");
        }
    }

    #[test]
    fn the_policy_allows_nothing_inline_and_nobody_to_frame() {
        let header = PagePolicy::default().form_leads_to(Some("https://bank.example/3ds")).header();
        assert_eq!(
            header,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             form-action 'self' https://bank.example; base-uri 'none'; frame-ancestors 'none'"
        );
    }

    #[actix_web::test]
    async fn a_page_keeps_its_own_policy_and_gets_the_rest() {
        for https in [false, true] {
            let show = || async { page(StatusCode::OK, "<p>".into(), &PagePolicy::default()) };
            let service = App::new().wrap(everywhere(https)).route("/", web::get().to(show));
            let app = client::init_service(service).await;
            let response = client::call_service(&app, client::TestRequest::get().uri("/").to_request()).await;
            let all =
                |name: &str| response.headers().get_all(name).map(|v| v.to_str().expect("ASCII")).collect::<Vec<_>>();
            assert_eq!(all("content-security-policy"), [PagePolicy::default().header()]);
            assert_eq!(all("cache-control"), ["no-store"]);
            assert_eq!(all("cross-origin-opener-policy"), ["same-origin"]);
            assert_eq!(all("x-robots-tag"), ["noindex, nofollow"]);
            assert_eq!(all("strict-transport-security").len(), usize::from(https));
            let missing = client::call_service(&app, client::TestRequest::get().uri("/none").to_request()).await;
            assert!(
                missing
                    .headers()
                    .get("content-security-policy")
                    .is_some_and(|v| v.as_bytes().starts_with(b"default-src 'none'; base"))
            );
        }
    }
}
