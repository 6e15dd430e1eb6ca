//! Passwords: changed by who knows the old one, reset by who reads the mail.
//!
//! Whoever asks for a name or a code gets the same answer after the same work, whether there is such a user or not,
//! and mail goes only to the address we know (RELIABILITY.md S44, S46-S48).

use serde_json::json;
use zeroize::Zeroizing;

use super::super::mail::{self, Letter, NewMail};
use super::super::{App, Caller, event};
use super::welcome::Letters;
use super::{find_in, rule};
use crate::auth::one_time::{self, NewLink, RESET_LIFE};
use crate::domain::access::{Action, Actor};
use crate::domain::event::Topic;
use crate::domain::id::UserId;
use crate::domain::text::is_email;
use crate::domain::time::MINUTE;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// One mail about a forgotten name or password in this time, so five in an hour, microseconds (S47).
const ONE_MAIL_IN: i64 = 12 * MINUTE;

impl App {
    /// Changes the caller's own password. Every session of theirs ends, this one too.
    ///
    /// # Errors
    /// `Invalid` naming the field: another's name, a wrong present password (which counts as a failed login), a new
    /// one against the rule.
    pub async fn user_password_change(
        &self,
        caller: &Caller,
        username: &str,
        current: Zeroizing<String>,
        new: Zeroizing<String>,
    ) -> Result<()> {
        caller.may(Action::UserViewSelf)?;
        let user = self.user_of_caller(caller)?;
        if !user.username.eq_ignore_ascii_case(username) {
            return Err(Error::invalid("username", "must be the user whose credentials the request shows"));
        }
        rule::check_new("new_password", &new, &user.username)?;
        let found = self.store().read(|tx| store::user::fetch_login(tx, &user.username))?;
        let login = found.map(|(_, login)| login).ok_or(Error::Unauthenticated)?;
        let verdict = self.passwords().verify(current.clone(), login.password_hash.clone()).await?;
        if !verdict.ok || login.is_locked(self.now()) {
            if !verdict.ok {
                self.login_failed(user.id, &caller.correlation_id).await;
            }
            return Err(Error::invalid("current_password", "is wrong"));
        }
        if *current == *new {
            return Err(Error::invalid("new_password", "must differ from the present one"));
        }
        let (hash, caller) = (self.passwords().hash(new).await?, caller.clone());
        self.store().write(move |tx| set_password_in(tx, &caller, &user.id, &hash)).await
    }

    /// Mails the names of the users with this address to it.
    ///
    /// # Errors
    /// Whatever the store refuses; an address that nobody has is none of it.
    pub async fn username_forgot(&self, email: &str, correlation_id: &str) -> Result<()> {
        let (email, correlation_id) = (email.trim().to_owned(), correlation_id.to_owned());
        let decoy = NewLink::new(self.random());
        let job = move |tx: &mut WriteTx<'_>| {
            write_for_nobody_in(tx, &decoy)?;
            let users = store::user::list(tx)?.into_iter().filter(is_reachable);
            let users: Vec<User> = users.filter(|user| user.email.eq_ignore_ascii_case(&email)).collect();
            if users.is_empty() { Ok(()) } else { mail_names_in(tx, &users, &correlation_id) }
        };
        self.store().write(job).await
    }

    /// Mails a code that resets the password of the user with this name; an earlier one is void then.
    ///
    /// # Errors
    /// Whatever the store refuses; a name that nobody has is none of it.
    pub async fn user_password_forgot(&self, username: &str, correlation_id: &str) -> Result<()> {
        let (username, correlation_id) = (username.to_owned(), correlation_id.to_owned());
        let (link, letters) = (NewLink::new(self.random()), self.letters());
        let job = move |tx: &mut WriteTx<'_>| {
            let found = store::user::fetch_login(tx, &username)?.map(|(user, _)| user);
            match found.filter(is_reachable) {
                Some(user) => mail_code_in(tx, &letters, &user, &link, &correlation_id),
                None => write_for_nobody_in(tx, &link),
            }
        };
        self.store().write(job).await
    }

    /// Sets a new password for who shows the code from the mail; ends a lock and every session.
    ///
    /// # Errors
    /// `Invalid` for a password against the rule; `Invalid` for "reset_code", alike for an unknown name and a code
    /// that is unknown, used, over or another's.
    pub async fn user_password_reset(
        &self,
        username: &str,
        code: &str,
        password: Zeroizing<String>,
        correlation_id: &str,
    ) -> Result<()> {
        rule::check_new("password", &password, username)?;
        let (hash, now) = (self.passwords().hash(password).await?, self.now());
        let (code, username) = (one_time::hash(code.trim()), username.to_owned());
        let correlation_id = correlation_id.to_owned();
        let job = move |tx: &mut WriteTx<'_>| {
            let refused = || Error::invalid("reset_code", "is unknown, used or over");
            let id = store::setup_link::take(tx, &code, now)?.ok_or_else(refused)?;
            let user = store::user::fetch(tx, &id)?.filter(|user| user.status == UserStatus::Active);
            let user = user.filter(|user| user.username.eq_ignore_ascii_case(&username)).ok_or_else(refused)?;
            set_password_in(tx, &on_behalf_of(&user, &correlation_id), &user.id, &hash)
        };
        self.store().write(job).await
    }

    /// Forgets links and codes that ended.
    pub(in crate::app) async fn setup_links_prune(&self) -> Result<usize> {
        let now = self.now();
        self.store().write(move |tx| store::setup_link::prune(tx, now)).await
    }
}

/// Stores a password, ends every session, link and code that was good with the one before, and tells the user.
pub(in crate::app) fn set_password_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &UserId, hash: &str) -> Result<()> {
    let user = find_in(tx, id)?;
    let had_one = store::user::fetch_login(tx, &user.username)?.is_some_and(|(_, login)| login.password_hash.is_some());
    store::user::update_password(tx, id, hash, false)?;
    super::update::end_access_in(tx, id)?;
    if had_one && is_email(&user.email) {
        let company = store::company::fetch(tx)?.name;
        let letter = Letter::new(format!("Your password at {company} was changed"))
            .text(format!("The password of {} was changed. Every session was ended.", user.username))
            .text("If it was not you, reset it now and ask an administrator.");
        let (about, step) = (("user", id.to_string()), tx.now().as_micros().to_string());
        let mail = NewMail { kind: "user.password_changed", about, step, to: user.email, letter };
        mail::queue_in(tx, caller, mail)?;
    }
    event::emit(tx, caller, Topic::UserUpdated, id.as_str(), &json!({ "fields": ["password"] }))
}

fn is_reachable(user: &User) -> bool {
    user.status == UserStatus::Active && is_email(&user.email)
}

fn on_behalf_of(user: &User, correlation_id: &str) -> Caller {
    let mut whom = Caller::internal(Actor::User(user.id.clone()));
    correlation_id.clone_into(&mut whom.correlation_id);
    whom
}

/// What is written where there is nobody to write to, so that the disk does not tell.
fn write_for_nobody_in(tx: &mut WriteTx<'_>, link: &NewLink) -> Result<()> {
    let (hash, expires_at) = (link.hash, tx.now().plus(RESET_LIFE));
    store::setup_link::insert(tx, &hash, None, expires_at)
}

fn mail_names_in(tx: &mut WriteTx<'_>, users: &[User], correlation_id: &str) -> Result<()> {
    let Some(first) = users.first() else { return Ok(()) };
    let company = store::company::fetch(tx)?.name;
    let letter = Letter::new(format!("Your username at {company}"))
        .text("Somebody, probably you, asked which name you log in with:")
        .facts(users.iter().map(|user| ("Username", user.username.as_str())))
        .text("If it was not you, there is nothing to do.");
    let (about, step) = (("user", first.id.to_string()), slot(tx));
    let mail = NewMail { kind: "user.username_forgotten", about, step, to: first.email.clone(), letter };
    mail::queue_in(tx, &on_behalf_of(first, correlation_id), mail).map(drop)
}

fn mail_code_in(
    tx: &mut WriteTx<'_>,
    letters: &Letters,
    user: &User,
    link: &NewLink,
    correlation_id: &str,
) -> Result<()> {
    let company = store::company::fetch(tx)?.name;
    let letter = Letter::new(format!("Reset your password at {company}"))
        .text(format!("Somebody, probably you, asked to reset the password of {}.", user.username))
        .button("Choose a new password", letters.setup_url(&link.text))
        .text("Or, where you are asked for a code:")
        .code(&link.text)
        .text("Both are good once, for 10 minutes. If it was not you, there is nothing to do.");
    let whom = on_behalf_of(user, correlation_id);
    let (about, step) = (("user", user.id.to_string()), slot(tx));
    let mail = NewMail { kind: "user.password_forgotten", about, step, to: user.email.clone(), letter };
    if !mail::queue_secret_in(tx, &letters.vault, &whom, mail)? {
        return write_for_nobody_in(tx, link);
    }
    let (hash, expires_at) = (link.hash, tx.now().plus(RESET_LIFE));
    store::setup_link::insert(tx, &hash, Some(&user.id), expires_at)?;
    store::setup_link::delete_of_user(tx, &user.id, &hash)?;
    event::emit(tx, &whom, Topic::UserPasswordForgotten, user.id.as_str(), &json!({}))
}

/// The stretch of time in which one such mail is enough.
fn slot(tx: &WriteTx<'_>) -> String {
    tx.now().as_micros().div_euclid(ONE_MAIL_IN).to_string()
}
