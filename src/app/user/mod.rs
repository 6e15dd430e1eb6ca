//! People who work for the merchant.

mod delete;
mod password;
mod update;
mod welcome;

use serde_json::json;
use zeroize::Zeroizing;

pub(super) use password::set_password_in;
pub use update::{ChangeUser, ChangeUserDefaults};

use super::write_once::Asked;
use super::{App, Caller, api_key, event};
use crate::auth::password as rule;
use crate::domain::access::{Action, Actor, Permissions, Role};
use crate::domain::event::Topic;
use crate::domain::id::UserId;
use crate::domain::text;
use crate::domain::time::zone_named;
use crate::domain::user::{KeyType, User, UserStatus};
use crate::domain::user_settings::UserSettings;
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// Longest name of a user, characters.
pub const NAME_MAX: usize = 100;
/// Most digits of a telephone number.
pub const PHONE_MAX: usize = 20;

/// Name of the key that comes with a new user.
const KEY_NAME: &str = "API key";

/// A person to add.
pub struct NewUser {
    /// 3-40 letters, digits, `.`, `_`, `-` or `@`, at least one letter; unique.
    pub username: String,
    /// First and last name.
    pub name: String,
    /// Digits only.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// IANA name; "" is UTC.
    pub time_zone: String,
    /// Whether the user may log in.
    pub status: UserStatus,
    /// Administrator or not.
    pub role: Role,
    /// What a standard user may do.
    pub permissions: Permissions,
    /// `None`: the user sets one through a link.
    pub password: Option<Zeroizing<String>>,
}

/// A new user at the only moment the text of its key is known.
pub struct CreatedUser {
    /// The user.
    pub user: User,
    /// The text of its private key, where one was asked for.
    pub api_key: Option<String>,
}

impl App {
    /// Adds a user; one without a password gets a link by mail, where it has an address.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field; `Conflict` where the username is taken.
    pub async fn user_create(&self, caller: &Caller, user: NewUser) -> Result<User> {
        Ok(self.user_create_with(caller, user, ChangeUser::default(), false).await?.user)
    }

    /// Adds a user with settings, and with a private key where `has_key`.
    ///
    /// # Errors
    /// As [`App::user_create`]; a caller who may not manage keys cannot give one.
    pub async fn user_create_with(
        &self,
        caller: &Caller,
        user: NewUser,
        settings: ChangeUser,
        has_key: bool,
    ) -> Result<CreatedUser> {
        caller.may(Action::UserManage)?;
        if has_key {
            caller.may(Action::ApiKeyManage)?;
        }
        let user = checked(user)?;
        let hash = match &user.password {
            Some(password) => Some(self.passwords().hash(password.clone()).await?),
            None => None,
        };
        let key = has_key.then(|| self.key_text(caller, KeyType::Api));
        let (text, letters, asked) = (key.clone(), self.letters(), asked_to_create(&user, &settings, has_key));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let user = create_in(tx, caller, user, settings, hash.as_deref())?;
            if let Some(text) = text {
                api_key::insert_for(tx, caller, user.id.clone(), KEY_NAME.to_owned(), &text)?;
            }
            if hash.is_none() && !user.email.is_empty() && letters.has_address() {
                welcome::welcome_in(tx, &letters, caller, &user)?;
            }
            Ok(user.id.to_string())
        };
        let show = move |tx: &store::ReadTx<'_>, id: &str| {
            let user = find_in(tx, &UserId::from_stored(id.to_owned()))?;
            let made = store::api_key::list_of_user(tx, &user.id)?.into_iter().next();
            let api_key = key.zip(made).map(|(text, made)| text.of(&made.id).text);
            Ok(CreatedUser { user, api_key })
        };
        self.write_once(caller, asked, work, show).await
    }

    /// The user behind the caller.
    ///
    /// # Errors
    /// `NotFound` for a caller that is no user (a job, the command line).
    pub fn user_of_caller(&self, caller: &Caller) -> Result<User> {
        caller.may(Action::UserViewSelf)?;
        let id = caller.user_id.as_ref().ok_or_else(|| Error::not_found("user", ""))?;
        self.store().read(|tx| find_in(tx, id))
    }

    /// The user with this id; everybody may look at themselves.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn user_find(&self, caller: &Caller, id: &UserId) -> Result<User> {
        let is_self = caller.user_id.as_ref() == Some(id);
        caller.may(if is_self { Action::UserViewSelf } else { Action::UserManage })?;
        self.store().read(|tx| find_in(tx, id))
    }

    /// The user who logs in with this name.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn user_find_named(&self, caller: &Caller, username: &str) -> Result<User> {
        caller.may(Action::UserManage)?;
        let found = self.store().read(|tx| store::user::fetch_login(tx, username))?;
        found.map(|(user, _)| user).ok_or_else(|| Error::not_found("user", username))
    }

    /// Every user.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn user_list(&self, caller: &Caller) -> Result<Vec<User>> {
        caller.may(Action::UserManage)?;
        self.store().read(store::user::list)
    }
}

/// The request in one form; a password in it is only compared by a keyed hash.
fn asked_to_create(user: &NewUser, settings: &ChangeUser, has_key: bool) -> Asked {
    let NewUser { username, name, phone, email, time_zone, status, role, permissions, password } = user;
    let mut asked = Asked::new("user", "user.create");
    for part in [username, name, phone, email, time_zone, status.as_str(), role.as_str()] {
        asked = asked.with(part);
    }
    let rest = format!("{}/{settings:?}/{has_key}", permissions.bits());
    asked.with(&rest).with_some(password.as_ref().map(|password| password.as_str()))
}

/// The administrator that the command line acts for.
///
/// # Errors
/// `NotFound` where there is none that may log in.
pub(super) fn first_admin(tx: &store::ReadTx<'_>) -> Result<User> {
    store::user::fetch_first_admin(tx)?.ok_or_else(|| Error::not_found("administrator", ""))
}

fn find_in(tx: &store::ReadTx<'_>, id: &UserId) -> Result<User> {
    store::user::fetch(tx, id)?.ok_or_else(|| Error::not_found("user", id.as_str()))
}

/// Nobody manages a user who may do more than they may themselves.
fn check_may_manage(caller: &Caller, user: &User) -> Result<()> {
    if caller.role == Role::Admin {
        return Ok(());
    }
    if user.role == Role::Admin {
        return Err(Error::Forbidden("admin"));
    }
    let covers = caller.permissions.covers(user.permissions);
    if covers { Ok(()) } else { Err(Error::Forbidden("every permission of that user")) }
}

fn create_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    new: NewUser,
    settings: ChangeUser,
    password_hash: Option<&str>,
) -> Result<User> {
    let NewUser { username, name, phone, email, time_zone, status, role, permissions, password: _ /* hashed */ } = new;
    if store::user::fetch_login(tx, &username)?.is_some() {
        return Err(Error::Conflict("username is already in use".to_owned()));
    }
    let time_zone = if time_zone.is_empty() { "ETC/UTC".to_owned() } else { time_zone };
    let (id, now) = (tx.new_id(), tx.now());
    let mut user = User {
        id,
        username,
        name,
        phone,
        email,
        time_zone,
        status,
        role,
        permissions,
        settings: UserSettings::default(),
        // Whoever runs the server chooses it with the person; anybody else's choice is not to stay.
        is_password_expired: password_hash.is_some() && caller.actor != Actor::Command,
        created_at: now,
        updated_at: now,
    };
    update::apply(tx, &mut user, settings)?;
    check_may_manage(caller, &user)?;
    store::user::insert(tx, &user)?;
    if let Some(hash) = password_hash {
        store::user::update_password(tx, &user.id, hash, user.is_password_expired)?;
    }
    let facts = json!({ "username": user.username, "role": user.role.as_str() });
    event::emit(tx, caller, Topic::UserCreated, user.id.as_str(), &facts)?;
    Ok(user)
}

fn checked(mut user: NewUser) -> Result<NewUser> {
    check_username(&user.username)?;
    user.name = text::line("name", &user.name, NAME_MAX)?;
    user.phone = checked_phone(&user.phone)?;
    if !user.email.is_empty() {
        check_email(&user.email)?;
    }
    if !user.time_zone.is_empty() {
        check_time_zone(&user.time_zone)?;
    }
    if let Some(password) = &user.password {
        rule::check_new("password", password, &user.username)?;
    }
    Ok(user)
}

fn checked_phone(phone: &str) -> Result<String> {
    Ok(text::phone("phone", phone, PHONE_MAX)?.trim_start_matches('+').to_owned())
}

fn check_time_zone(name: &str) -> Result<()> {
    let is_known = zone_named(name).is_some();
    if is_known { Ok(()) } else { Err(Error::invalid("timezone", "must be an IANA time zone")) }
}

/// The rule for names that people log in with.
///
/// # Errors
/// `Invalid` for `username`.
pub(super) fn check_username(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if !(3..=40).contains(&name.len()) || !name.chars().all(fits) || !name.chars().any(char::is_alphabetic) {
        return Err(Error::invalid("username", "must be 3-40 letters, digits, '.', '_', '-' or '@', with a letter"));
    }
    Ok(())
}

/// The rule for mail addresses of users: one that mail can be sent to.
///
/// # Errors
/// `Invalid` for `email`.
pub(super) fn check_email(email: &str) -> Result<()> {
    let is_good = email.chars().count() <= text::EMAIL_MAX && text::is_email(email);
    if is_good { Ok(()) } else { Err(Error::invalid("email", "must be a mail address")) }
}
