//! Links that open a customer's pages: made by the merchant or asked for by the customer, looked at without harm, used
//! once.
//!
//! Whoever asks for one gets the same answer after the same work, whether the address is known or not, and mail goes
//! only to the address that is stored (RELIABILITY.md S44-S50; the seed wins on lifetime and on several links).

use serde_json::json;

use super::mail::{self, Letter, NewMail};
use super::write_once::Asked;
use super::{App, Caller, customer, event};
use crate::auth::{hashes_equal, one_time};
use crate::domain::access::Action;
use crate::domain::customer::CustomerRecord;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, LoginLinkId, base62};
use crate::domain::login_link::{ASKED_IN, ASKED_MAX, CONTACT_MAX, LIFE, LoginLink, stored_address};
use crate::domain::text::{self, is_email};
use crate::error::{Error, Result};
use crate::i18n::fill;
use crate::i18n::login_letter::LoginLetter;
use crate::store::{self, ReadTx, WriteTx};
use crate::vault::Vault;

/// The purpose of the key that links' secrets follow from.
const LINK_KEY: &str = "login link";
/// The purpose of the key that codes for another device follow from.
const CODE_KEY: &str = "login link code";
/// Signs of such a code: none that people take for another.
const CODE_SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Customers with one address that a request reaches.
const REACHED_MAX: u32 = 5;
/// Customers with one address among which those are looked for.
const LOOKED_AT_MAX: u32 = 50;
/// Links that a list shows.
const LISTED_MAX: u32 = 20;

/// A link that is to be made.
#[derive(Clone, Debug, Default)]
pub struct CreateLoginLink {
    /// What the merchant notes with it; mail goes there only where no address is stored.
    pub contact: String,
}

/// A link with the address that opens it.
#[derive(Clone, Debug)]
pub struct OpenableLink {
    /// The link.
    pub link: LoginLink,
    /// Where it is opened.
    pub url: String,
}

/// A link that opens, as its page shows it.
#[derive(Clone, Debug)]
pub struct FoundLink {
    /// Whose pages it opens.
    pub record: CustomerRecord,
    /// Whether the browser has to show the code of the one that asked for it.
    pub needs_code: bool,
}

/// What letters with such links are written with, inside a transaction.
#[derive(Clone)]
struct Writer {
    vault: Vault,
    public_url: String,
}

impl Writer {
    fn secret(&self, id: &LoginLinkId) -> String {
        let mac = self.vault.fingerprint(LINK_KEY, id.as_str().as_bytes());
        let number = mac.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        base62(number, 22)
    }

    fn url(&self, customer_id: &CustomerId, id: &LoginLinkId) -> String {
        format!("{}/account/{customer_id}/link/{}", self.public_url, self.secret(id))
    }
}

impl App {
    /// Makes a link for a customer and mails it, where there is an address to mail it to. Earlier ones stay good.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `contact`, also where neither it nor the customer has an address.
    pub async fn login_link_create(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        command: CreateLoginLink,
    ) -> Result<OpenableLink> {
        caller.may(Action::CustomerUpdate)?;
        let asked = Asked::new("login_link", "login_link.create").with(customer_id.as_str()).with(&command.contact);
        let contact = text::line("contact", &command.contact, CONTACT_MAX)?;
        let (of, writer, shown) = (customer_id.clone(), self.link_writer(), self.link_writer());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let to = stored_address(&record).or_else(|| Some(contact.as_str()).filter(|contact| is_email(contact)));
            let Some(to) = to.map(str::to_owned) else {
                return Err(Error::invalid("contact", "must be an email address: the customer has none"));
            };
            Ok(make_in(tx, &writer, caller, &record, &to, &contact, None)?.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| {
            let id = LoginLinkId::from_stored(id.to_owned());
            let link = store::login_link::fetch(tx, &id)?.ok_or_else(no_link)?;
            Ok(OpenableLink { url: shown.url(&link.customer_id, &link.id), link })
        };
        self.write_once(caller, asked, work, show).await
    }

    /// The newest links of a customer, newest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn login_link_list(&self, caller: &Caller, customer_id: &CustomerId) -> Result<Vec<OpenableLink>> {
        caller.may(Action::CustomerUpdate)?;
        let writer = self.link_writer();
        let links = self.store().read(|tx| store::login_link::list_of(tx, customer_id, LISTED_MAX))?;
        Ok(links.into_iter().map(|link| OpenableLink { url: writer.url(&link.customer_id, &link.id), link }).collect())
    }

    /// Mails a link to every customer whose stored address this is. `browser` is a secret that only the browser of the
    /// one who asks has: the link opens there, or with the code of [`App::login_link_code`].
    ///
    /// # Errors
    /// `Invalid` naming `email` where it is no one address; an address that nobody has is none of it.
    pub async fn login_link_ask(&self, email: &str, browser: &str, correlation_id: &str) -> Result<()> {
        let email = email.trim().to_owned();
        if !is_email(&email) || !email.is_ascii() {
            return Err(Error::invalid("email", "must be one email address such as example@mail.com"));
        }
        let (writer, correlation_id) = (self.link_writer(), correlation_id.to_owned());
        let code = one_time::hash(&self.login_link_code(browser));
        let job = move |tx: &mut WriteTx<'_>| {
            let mut reached: u32 = 0;
            for id in store::customer::list_by_email(tx, &email, LOOKED_AT_MAX)? {
                let Some(record) = store::customer::fetch_record(tx, &id)? else { continue };
                let Some(to) = stored_address(&record).filter(|stored| stored.eq_ignore_ascii_case(&email)) else {
                    continue;
                };
                if reached == REACHED_MAX || asked_enough(tx, &id)? {
                    continue;
                }
                let whom = Caller::portal(id, correlation_id.clone());
                make_in(tx, &writer, &whom, &record, to, "", Some(code))?;
                reached = reached.saturating_add(1);
            }
            if reached == 0 { write_for_nobody_in(tx, &writer, code) } else { Ok(()) }
        };
        self.store().write(job).await
    }

    /// The code that opens, in any browser, what the browser with this secret asked for.
    pub fn login_link_code(&self, browser: &str) -> String {
        let mac = self.vault().fingerprint(CODE_KEY, browser.as_bytes());
        let sign = |byte: &u8| CODE_SIGNS.get(usize::from(*byte % 32)).copied().map_or('2', char::from);
        mac.iter().take(8).map(sign).collect()
    }

    /// Whose link this is; it stays unused, so that a mail scanner's look does not use it up.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown, used, over or another's: all alike.
    pub fn login_link_find(&self, customer_id: &str, secret: &str, browser: Option<&str>) -> Result<FoundLink> {
        let known = browser.map(|browser| one_time::hash(&self.login_link_code(browser)));
        let now = self.now();
        self.store().read(|tx| {
            let (link, asked) = open_link(tx, customer_id, secret, now)?;
            let record = customer::require(tx, &link.customer_id).map_err(|_| no_link())?;
            Ok(FoundLink { record, needs_code: !shows_code(asked.as_ref(), &[known]) })
        })
    }

    /// Uses a link up and logs its customer in; answers the session's secret, for the cookie. What is needed besides
    /// the link of one that was asked for is the browser that asked for it, or the code that it shows.
    ///
    /// # Errors
    /// `NotFound` as [`App::login_link_find`]; `Invalid` naming `code`, with the link still open.
    pub async fn login_link_use(
        &self,
        customer_id: &str,
        secret: &str,
        browser: Option<&str>,
        code: &str,
        correlation_id: &str,
    ) -> Result<String> {
        let known = browser.map(|browser| one_time::hash(&self.login_link_code(browser)));
        let typed: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let typed = (!typed.is_empty()).then(|| one_time::hash(&typed.to_ascii_uppercase()));
        let (customer_id, secret) = (customer_id.to_owned(), secret.to_owned());
        let (now, correlation_id) = (self.now(), correlation_id.to_owned());
        let session = crate::auth::session::NewSession::new(self.random());
        let hash = session.hash;
        let job = move |tx: &mut WriteTx<'_>| {
            let (link, asked) = open_link(tx, &customer_id, &secret, now)?;
            let id = customer::require(tx, &link.customer_id).map_err(|_| no_link())?.customer.id;
            if !shows_code(asked.as_ref(), &[known, typed]) {
                return Err(Error::invalid("code", "is not the one of this link"));
            }
            if !store::login_link::take(tx, &link.id, now)? {
                return Err(no_link());
            }
            store::customer_session::insert(tx, &hash, &id)?;
            let caller = Caller::portal(id.clone(), correlation_id);
            event::emit(tx, &caller, Topic::CustomerLoggedIn, id.as_str(), &json!({ "link_id": link.id.as_str() }))
        };
        self.store().write(job).await?;
        Ok(session.token)
    }

    /// Forgets links that ended long ago.
    pub(super) async fn login_links_prune(&self) -> Result<usize> {
        let before = self.now().plus(-crate::limits::LOGIN_LINK_KEPT_DAYS * crate::domain::time::DAY);
        self.store().write(move |tx| store::login_link::prune(tx, before)).await
    }

    fn link_writer(&self) -> Writer {
        Writer { vault: self.vault().clone(), public_url: self.settings().public_url.clone() }
    }
}

/// Makes a link and queues its mail; its id.
fn make_in(
    tx: &mut WriteTx<'_>,
    writer: &Writer,
    caller: &Caller,
    record: &CustomerRecord,
    to: &str,
    contact: &str,
    asked_hash: Option<[u8; 32]>,
) -> Result<LoginLinkId> {
    let customer = &record.customer;
    let id: LoginLinkId = tx.new_id();
    let (hash, expires_at) = (one_time::hash(&writer.secret(&id)), tx.now().plus(LIFE));
    let row =
        store::login_link::NewRow { id: &id, hash, customer_id: Some(&customer.id), asked_hash, contact, expires_at };
    store::login_link::insert(tx, &row)?;
    let company = store::company::fetch(tx)?;
    let language = customer.language.unwrap_or(company.language);
    let words = LoginLetter::of(language);
    let letter = Letter::in_language(language, fill(words.subject, &[&company.name]))
        .text(fill(words.intro, &[&company.name]))
        .facts([(words.account, customer.profile.name.as_deref().unwrap_or(customer.id.as_str()))])
        .button(words.button, writer.url(&customer.id, &id))
        .text(words.life)
        .text(words.not_you);
    let (about, step) = (("customer", customer.id.to_string()), id.to_string());
    let letter = NewMail { kind: "customer.login_link", about, step, to: to.to_owned(), letter };
    mail::queue_secret_in(tx, &writer.vault, caller, letter)?;
    let facts = json!({ "link_id": id.as_str(), "asked_for": asked_hash.is_some() });
    event::emit(tx, caller, Topic::CustomerLinkCreated, customer.id.as_str(), &facts)?;
    Ok(id)
}

/// What is written where there is nobody to write to, so that the disk does not tell.
fn write_for_nobody_in(tx: &mut WriteTx<'_>, writer: &Writer, code: [u8; 32]) -> Result<()> {
    let id: LoginLinkId = tx.new_id();
    let (hash, expires_at) = (one_time::hash(&writer.secret(&id)), tx.now().plus(LIFE));
    let row =
        store::login_link::NewRow { id: &id, hash, customer_id: None, asked_hash: Some(code), contact: "", expires_at };
    store::login_link::insert(tx, &row)
}

/// Whether a customer asked for as many links lately as one may.
fn asked_enough(tx: &WriteTx<'_>, id: &CustomerId) -> Result<bool> {
    let after = tx.now().plus(-ASKED_IN);
    Ok(store::login_link::count_asked(tx, id, after, ASKED_MAX)? >= ASKED_MAX)
}

/// The link behind `secret`, if it is of this customer and open at `now`; and the hash of its code, if it has one.
fn open_link(
    tx: &ReadTx<'_>,
    customer_id: &str,
    secret: &str,
    now: crate::domain::time::Timestamp,
) -> Result<(LoginLink, Option<[u8; 32]>)> {
    let found = store::login_link::fetch_by_hash(tx, &one_time::hash(secret))?;
    found.filter(|(link, _)| link.is_open(now) && link.customer_id.as_str() == customer_id).ok_or_else(no_link)
}

/// Whether one of `shown` is the code; a link without one needs none.
fn shows_code(asked: Option<&[u8; 32]>, shown: &[Option<[u8; 32]>]) -> bool {
    asked.is_none_or(|asked| shown.iter().flatten().any(|shown| hashes_equal(asked, shown)))
}

fn no_link() -> Error {
    Error::not_found("link", "")
}
