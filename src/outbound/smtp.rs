//! The merchant's mail relay, by SMTP.
//!
//! Promise: nothing but typed headers is written, so no text of a stranger becomes a header; a password never leaves
//! but over TLS or to this very machine; every conversation ends within its deadline.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits::MAIL_DEADLINE_S;

/// Answers that are about us and not about the mail: what they refuse may be taken later (RFC 4954, RFC 7504).
const ABOUT_US: [u16; 5] = [521, 530, 534, 535, 538];

/// How a certificate in a PEM text begins (RFC 7468).
const PEM_BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Where mails are handed over, and in whose name. It has no `Debug`: the address may hold a password.
#[derive(Clone)]
pub struct Relay {
    builder: AsyncSmtpTransportBuilder,
    from: Mailbox,
    host: String,
    is_tls_first: bool,
}

/// A mail to hand over.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// Its Message-ID without the host; the same for every try.
    pub id: &'a str,
    /// Whom it is to.
    pub to: &'a str,
    /// The sender's name, where `from` has none.
    pub sender: &'a str,
    /// Where answers go; "" for the sender's address.
    pub reply_to: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// For readers without HTML.
    pub text: &'a str,
    /// For all others.
    pub html: &'a str,
    /// When it was written.
    pub at: Timestamp,
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The relay takes none just now: it is not there, or does not let us in.
    RelayDown(String),
    /// It refuses this one for now.
    Later(String),
    /// It refuses this one for good: the mail bounced.
    Refused(String),
    /// It cannot be written as a mail; nobody was asked.
    Unwritable(String),
}

impl Relay {
    /// `smtps://user:password@host:port` speaks TLS from the first byte, `smtp://…` asks for TLS before anything else,
    /// but to this machine. `from` is `name@host` or `Name <name@host>`.
    ///
    /// # Errors
    /// `Invalid` naming the setting; the address is not repeated, because it may hold a password.
    pub fn new(url: &str, from: &str) -> Result<Self> {
        let bad = || Error::invalid("smtp-url", "must be such as smtps://user:password@mail.example.com:465");
        let rest = url.strip_prefix("smtp://").or_else(|| url.strip_prefix("smtps://")).ok_or_else(bad)?;
        if rest.contains(['/', '?', '#']) || rest.contains(char::is_whitespace) {
            return Err(bad());
        }
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let is_plain = url.starts_with("smtp://") && is_this_machine(host);
        let whole =
            if is_plain || url.starts_with("smtps://") { url.to_owned() } else { format!("{url}?tls=required") };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&whole).map_err(|_| bad())?;
        let from = from.parse().map_err(|_| Error::invalid("mail-from", "must be such as Shop <shop@example.com>"))?;
        let (host, is_tls_first) = (name_of(host).to_owned(), url.starts_with("smtps://"));
        Ok(Self { builder: builder.timeout(Some(deadline())), from, host, is_tls_first })
    }

    /// Trusts the certificate authorities in this PEM text too, and asks for TLS of this machine as well.
    ///
    /// # Errors
    /// `Invalid` naming the setting where there is no certificate in it.
    pub fn trusting(mut self, pem: &[u8]) -> Result<Self> {
        let bad = |_| Error::invalid("smtp-ca-file", "must hold PEM certificates");
        // The library takes a text without any for an authority of nobody.
        if !pem.windows(PEM_BEGIN.len()).any(|part| part == PEM_BEGIN) {
            return Err(Error::invalid("smtp-ca-file", "must hold PEM certificates"));
        }
        let authority = Certificate::from_pem(pem).map_err(bad)?;
        let parameters = TlsParameters::builder(self.host.clone()).add_root_certificate(authority).build();
        let parameters = parameters.map_err(bad)?;
        let tls = if self.is_tls_first { Tls::Wrapper(parameters) } else { Tls::Required(parameters) };
        self.builder = self.builder.tls(tls);
        Ok(self)
    }

    /// A conversation for several mails, at most `at_once` of them at a time.
    pub fn open(&self, at_once: usize) -> Conversation<'_> {
        // Connections are used while this conversation lasts: an old one may be dead without telling.
        let pool = PoolConfig::new().max_size(u32::try_from(at_once).unwrap_or(1));
        Conversation { transport: self.builder.clone().pool_config(pool).build(), from: &self.from }
    }

    /// Whether the relay answers and lets us in.
    ///
    /// # Errors
    /// What it said.
    pub async fn check(&self) -> std::result::Result<(), String> {
        let transport: AsyncSmtpTransport<Tokio1Executor> = self.builder.clone().build();
        match tokio::time::timeout(deadline(), transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail relay answers, but not as it should".to_owned()),
            Ok(Err(why)) => Err(reason(&why)),
            Err(_) => Err("the mail relay does not answer".to_owned()),
        }
    }
}

/// Mails handed over in one go.
pub struct Conversation<'r> {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: &'r Mailbox,
}

impl Conversation<'_> {
    /// Hands a mail over. Where the answer gets lost it may have been taken all the same.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn send(&self, mail: &Outgoing<'_>) -> std::result::Result<(), NotTaken> {
        let message = self.message(mail).map_err(NotTaken::Unwritable)?;
        match tokio::time::timeout(deadline(), self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(why)) => Err(judged(&why)),
            Err(_) => Err(NotTaken::RelayDown(format!("the mail relay did not answer for {MAIL_DEADLINE_S} seconds"))),
        }
    }

    fn message(&self, mail: &Outgoing<'_>) -> std::result::Result<Message, String> {
        let to: Address = mail.to.parse().map_err(|why| format!("the recipient's address cannot be used: {why}"))?;
        let name = self.from.name.clone().or_else(|| Some(mail.sender.to_owned()).filter(|name| !name.is_empty()));
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(Mailbox::new(name, self.from.email.clone()))
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .date(system_time(mail.at));
        if let Ok(address) = mail.reply_to.parse::<Address>() {
            builder = builder.reply_to(Mailbox::new(None, address));
        }
        let body = MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned());
        builder.multipart(body).map_err(|why| format!("the mail cannot be written: {why}"))
    }
}

fn judged(why: &lettre::transport::smtp::Error) -> NotTaken {
    let code = why.status().map(u16::from);
    let said = reason(why);
    match code {
        None => NotTaken::RelayDown(said),
        Some(code) if ABOUT_US.contains(&code) || code == 421 => NotTaken::RelayDown(said),
        Some(_) if why.is_permanent() => NotTaken::Refused(said),
        Some(_) => NotTaken::Later(said),
    }
}

/// What went wrong in one line, without what the relay might put into ours.
fn reason(why: &lettre::transport::smtp::Error) -> String {
    let source = why.source().map(|inner| format!(": {inner}")).unwrap_or_default();
    let whole = why.to_string();
    let text = if source.is_empty() || whole.ends_with(&source) { whole } else { whole + &source };
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn deadline() -> Duration {
    Duration::from_secs(MAIL_DEADLINE_S)
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(0))
}

/// The name in `host:port`, or the address in `[host]:port`.
fn name_of(host_and_port: &str) -> &str {
    match host_and_port.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    }
}

fn is_this_machine(host_and_port: &str) -> bool {
    let host = name_of(host_and_port);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The sender, without the address of the relay.
impl fmt::Display for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_relays_and_senders() {
        for (url, from, field) in [
            ("smtps://user:p%40ss@mail.example.com:465", "Shop <shop@example.com>", None),
            ("smtp://mail.example.com", "shop@example.com", None),
            ("smtp://127.0.0.1:2525", "shop@example.com", None),
            ("smtp://[::1]:2525", "shop@example.com", None),
            ("http://mail.example.com", "shop@example.com", Some("smtp-url")),
            ("smtp://", "shop@example.com", Some("smtp-url")),
            ("smtp://mail.example.com?tls=none", "shop@example.com", Some("smtp-url")),
            ("smtp://mail.example.com/name", "shop@example.com", Some("smtp-url")),
            ("smtp://mail.example.com", "shop", Some("mail-from")),
            ("smtp://mail.example.com", "Shop <shop@example.com>\r\nBcc: all@example.com", Some("mail-from")),
        ] {
            match (Relay::new(url, from).map(|_| ()), field) {
                (Ok(()), None) => {}
                (Err(Error::Invalid { field, .. }), Some(expected)) => assert_eq!(field, expected, "{url} {from}"),
                (got, _) => panic!("{url} {from}: {got:?}"),
            }
        }
    }

    #[test]
    fn an_authority_is_a_pem_certificate() {
        for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let relay = Relay::new("smtps://mail.example.com", "shop@example.com").expect("good settings");
            match relay.trusting(pem.as_bytes()).map(|_| ()) {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, "smtp-ca-file"),
                got => panic!("{pem:?}: {got:?}"),
            }
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_clear() {
        for (host, here) in [
            ("localhost:25", true),
            ("127.0.0.1", true),
            ("127.9.9.9:25", true),
            ("[::1]:25", true),
            ("mail.example.com:25", false),
            ("10.0.0.1", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(is_this_machine(host), here, "{host}");
        }
    }

    #[tokio::test]
    async fn no_text_becomes_a_header() {
        let relay = Relay::new("smtp://127.0.0.1:1", "Shop <shop@example.com>").expect("good settings");
        let conversation = relay.open(1);
        let mail = Outgoing {
            id: "0123456789abcdef",
            to: "ann@example.com",
            sender: "Shop",
            reply_to: "a@b.example\r\nBcc: x@y.example",
            subject: "Hello\r\nBcc: evil@example.com\r\n\r\nbody",
            text: "text",
            html: "<p>html</p>",
            at: Timestamp::from_micros(1_767_225_600_000_000),
        };
        let message = conversation.message(&mail).expect("a message");
        let written = String::from_utf8(message.formatted()).expect("ASCII");
        let head = written.split("\r\n\r\n").next().expect("a head");
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("Message-ID: <0123456789abcdef@example.com>"), "{head}");
        assert!(head.contains("Date: Thu, 01 Jan 2026 00:00:00"), "{head}");
        assert!(!head.contains("Reply-To"), "an address that is none is left out: {head}");
        for to in
            ["ann@example.com, bob@example.com", "ann@example.com\r\nBcc: x@y.example", "Ann <ann@example.com>", ""]
        {
            assert!(conversation.message(&Outgoing { to, ..mail.clone() }).is_err(), "{to:?}");
        }
    }
}
