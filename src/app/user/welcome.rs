//! The link with which a new user sets their first password.

use super::super::mail::{self, Letter, NewMail};
use super::super::write_once::Asked;
use super::super::{App, Caller};
use super::{check_may_manage, find_in};
use crate::auth::one_time::{NewLink, SETUP_LIFE, WELCOME_LIFE};
use crate::domain::access::Action;
use crate::domain::id::UserId;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};
use crate::vault::Vault;

/// What a letter with a link is written with, inside a transaction.
pub(super) struct Letters {
    pub(super) vault: Vault,
    public_url: String,
}

impl Letters {
    /// Whether a link leads anywhere: a command beside the server does not know where customers reach it.
    pub(super) fn has_address(&self) -> bool {
        !self.public_url.is_empty()
    }

    /// Where the link with this secret is opened.
    pub(super) fn setup_url(&self, secret: &str) -> String {
        format!("{}/admin/setup/{secret}", self.public_url)
    }
}

impl App {
    /// What letters with links are written with.
    pub(super) fn letters(&self) -> Letters {
        Letters { vault: self.vault().clone(), public_url: self.settings().public_url.clone() }
    }

    /// Mails a user a fresh link that sets their password; earlier ones are void.
    ///
    /// # Errors
    /// `Forbidden`, also where the user may do more than the caller; `NotFound`; `Conflict` for a user who is disabled
    /// or has no address.
    pub async fn user_welcome(&self, caller: &Caller, id: UserId) -> Result<()> {
        caller.may(Action::UserManage)?;
        let letters = self.letters();
        let asked = Asked::new("user", "user.welcome").with(id.as_str());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let user = find_in(tx, &id)?;
            check_may_manage(caller, &user)?;
            if user.status == UserStatus::Disabled || user.email.is_empty() {
                return Err(Error::Conflict("the user is disabled or has no mail address".to_owned()));
            }
            welcome_in(tx, &letters, caller, &user).map(|()| id.to_string())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }

    /// A fresh one-time link's secret for a user, to be handed over by other means than mail; earlier ones are void.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Conflict` for a user who is disabled.
    pub async fn user_link_create(&self, caller: &Caller, id: UserId) -> Result<String> {
        caller.may(Action::UserManage)?;
        let (link, caller) = (NewLink::new(self.random()), caller.clone());
        let hash = link.hash;
        let job = move |tx: &mut WriteTx<'_>| {
            let user = find_in(tx, &id)?;
            check_may_manage(&caller, &user)?;
            if user.status == UserStatus::Disabled {
                return Err(Error::Conflict("the user is disabled".to_owned()));
            }
            let expires_at = tx.now().plus(SETUP_LIFE);
            store::setup_link::insert(tx, &hash, Some(&id), expires_at)?;
            store::setup_link::delete_of_user(tx, &id, &hash)
        };
        self.store().write(job).await?;
        Ok(link.text)
    }
}

/// Makes a link and mails it.
pub(super) fn welcome_in(tx: &mut WriteTx<'_>, letters: &Letters, caller: &Caller, user: &User) -> Result<()> {
    let link = NewLink::new(tx.random());
    let (hash, expires_at) = (link.hash, tx.now().plus(WELCOME_LIFE));
    store::setup_link::insert(tx, &hash, Some(&user.id), expires_at)?;
    store::setup_link::delete_of_user(tx, &user.id, &hash)?;
    let company = store::company::fetch(tx)?.name;
    let letter = Letter::new(format!("Welcome to {company}"))
        .text(format!("You were given access to {company}. Choose a password to begin."))
        .facts([("Username", user.username.as_str())])
        .button("Choose a password", letters.setup_url(&link.text))
        .text("The link is good once, for a day.");
    let (about, step) = (("user", user.id.to_string()), tx.now().as_micros().to_string());
    let mail = NewMail { kind: "user.welcome", about, step, to: user.email.clone(), letter };
    mail::queue_secret_in(tx, &letters.vault, caller, mail).map(drop)
}
