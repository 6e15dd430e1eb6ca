//! One-time links to the dashboard: made for the first administrator, looked at without harm, used once.

use serde_json::json;
use zeroize::Zeroizing;

use super::login::LoggedIn;
use super::user::{check_email, check_username, first_admin, set_password_in};
use super::{App, Caller, event};
use crate::auth::one_time::{self, NewLink, SETUP_LIFE};
use crate::auth::password;
use crate::domain::access::{Action, Actor, Role};
use crate::domain::event::Topic;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// A link that still opens.
#[derive(Debug)]
pub struct SetupLink {
    /// Whose it is.
    pub user: User,
    /// Whether the user never had a password: then name and mail address are chosen as well.
    pub is_first: bool,
    /// When it stops to open.
    pub expires_at: Timestamp,
}

/// What a person chooses behind the link.
pub struct UseSetupLink {
    /// The link's secret.
    pub secret: String,
    /// The name to log in with; not read where the user had a password before.
    pub username: String,
    /// The mail address; not read where the user had a password before.
    pub email: String,
    /// The new password.
    pub password: Zeroizing<String>,
}

impl App {
    /// A fresh one-time link's secret for the first administrator; `{public_url}/admin/setup/{secret}` opens the
    /// dashboard within 30 minutes.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` where no administrator may log in.
    pub async fn setup_link_create(&self, caller: &Caller) -> Result<String> {
        caller.may(Action::UserManage)?;
        if caller.role != Role::Admin {
            return Err(Error::Forbidden("admin"));
        }
        let link = NewLink::new(self.random());
        let hash = link.hash;
        self.store()
            .write(move |tx| {
                let admin = first_admin(tx)?;
                let expires_at = tx.now().plus(SETUP_LIFE);
                store::setup_link::insert(tx, &hash, Some(&admin.id), expires_at)
            })
            .await?;
        Ok(link.text)
    }

    /// A fresh link's secret while the first administrator has no password yet; for the server's start.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn setup_link_renew(&self) -> Result<Option<String>> {
        let is_unset = self.store().read(|tx| {
            let admin = first_admin(tx)?;
            let login = store::user::fetch_login(tx, &admin.username)?;
            Ok(login.is_some_and(|(_, login)| login.password_hash.is_none()))
        });
        match is_unset {
            Ok(true) => Ok(Some(self.setup_link_create(&Caller::internal(Actor::Command)).await?)),
            Ok(false) | Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Whose set-up link this is; it stays unused, so that a mail scanner's look does not use it up.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown, used or over.
    pub fn setup_link_find(&self, secret: &str) -> Result<SetupLink> {
        let (hash, now) = (one_time::hash(secret), self.now());
        self.store().read(|tx| {
            let (id, expires_at) = store::setup_link::fetch_open(tx, &hash, now)?.ok_or_else(no_link)?;
            let user = store::user::fetch(tx, &id)?.filter(|user| user.status == UserStatus::Active);
            let user = user.ok_or_else(no_link)?;
            let login = store::user::fetch_login(tx, &user.username)?;
            let is_first = login.is_some_and(|(_, login)| login.password_hash.is_none());
            Ok(SetupLink { user, is_first, expires_at })
        })
    }

    /// Uses the link up, sets the password (and, the first time, name and mail address) and logs its user in. Every
    /// other session of the user ends.
    ///
    /// # Errors
    /// `Invalid` for what breaks a rule, with the link still open; `NotFound` for a link that is not.
    pub async fn setup_link_use(&self, chosen: UseSetupLink, correlation_id: &str) -> Result<LoggedIn> {
        let UseSetupLink { secret, username, email, password } = chosen;
        let SetupLink { user, is_first, .. } = self.setup_link_find(&secret)?;
        let profile = is_first.then_some((username, email));
        if let Some((username, email)) = &profile {
            check_username(username)?;
            check_email(email)?;
        }
        let name = profile.as_ref().map_or(&user.username, |(username, _)| username);
        password::check_new("password", &password, name)?;
        let now = self.now();
        let (hash, stored) = (one_time::hash(&secret), self.passwords().hash(password).await?);
        let mut caller = Caller::internal(Actor::User(user.id.clone()));
        correlation_id.clone_into(&mut caller.correlation_id);
        let user = self
            .store()
            .write(move |tx| {
                let id = store::setup_link::take(tx, &hash, now)?.ok_or_else(no_link)?;
                if let Some((username, email)) = profile {
                    rename_in(tx, &caller, &user, username, email)?;
                }
                set_password_in(tx, &caller, &id, &stored)?;
                store::user::fetch(tx, &id)?.ok_or_else(no_link)
            })
            .await?;
        self.session_open(user, None, correlation_id).await
    }
}

fn rename_in(tx: &mut WriteTx<'_>, caller: &Caller, user: &User, username: String, email: String) -> Result<()> {
    let taken = store::user::fetch_login(tx, &username)?.is_some_and(|(other, _)| other.id != user.id);
    if taken {
        return Err(Error::invalid("username", "is already in use"));
    }
    store::user::update_names(tx, &user.id, &username, &email)?;
    event::emit(tx, caller, Topic::UserUpdated, user.id.as_str(), &json!({ "fields": ["username", "email"] }))
}

fn no_link() -> Error {
    Error::not_found("link", "")
}
