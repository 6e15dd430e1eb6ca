//! People who work for the merchant.

use serde_json::json;
use zeroize::Zeroizing;

use super::company::is_mail_address;
use super::{App, Caller, event};
use crate::auth::password;
use crate::domain::access::{Action, Permissions, Role};
use crate::domain::event::Topic;
use crate::domain::id::UserId;
use crate::domain::time::zone_named;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

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

impl App {
    /// Adds a user.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field; `Conflict` where the username is taken.
    pub async fn user_create(&self, caller: &Caller, user: NewUser) -> Result<User> {
        caller.may(Action::UserManage)?;
        if user.role == Role::Admin && caller.role != Role::Admin {
            return Err(Error::Forbidden("admin"));
        }
        check(&user)?;
        let hash = match &user.password {
            Some(password) => Some(self.passwords().hash(password.clone()).await?),
            None => None,
        };
        let caller = caller.clone();
        self.store().write(move |tx| create_in(tx, &caller, user, hash.as_deref())).await
    }

    /// The user behind the caller.
    ///
    /// # Errors
    /// `NotFound` for a caller that is no user (a job, the command line).
    pub fn user_of_caller(&self, caller: &Caller) -> Result<User> {
        caller.may(Action::UserViewSelf)?;
        let id = caller.user_id.as_ref().ok_or_else(|| Error::not_found("user", ""))?;
        self.store().read(|tx| store::user::fetch(tx, id))?.ok_or_else(|| Error::not_found("user", id.as_str()))
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

/// The administrator that the command line acts for.
///
/// # Errors
/// `NotFound` where there is none that may log in.
pub(super) fn first_admin(tx: &store::ReadTx<'_>) -> Result<User> {
    store::user::fetch_first_admin(tx)?.ok_or_else(|| Error::not_found("administrator", ""))
}

fn create_in(tx: &mut WriteTx<'_>, caller: &Caller, new: NewUser, password_hash: Option<&str>) -> Result<User> {
    let NewUser { username, name, phone, email, time_zone, status, role, permissions, password: _ /* hashed */ } = new;
    if store::user::fetch_login(tx, &username)?.is_some() {
        return Err(Error::Conflict("username is already in use".to_owned()));
    }
    let time_zone = if time_zone.is_empty() { "ETC/UTC".to_owned() } else { time_zone };
    let (id, now) = (tx.new_id(), tx.now());
    let user = User {
        id,
        username,
        name,
        phone,
        email,
        time_zone,
        status,
        role,
        permissions,
        created_at: now,
        updated_at: now,
    };
    store::user::insert(tx, &user)?;
    if let Some(hash) = password_hash {
        store::user::update_password(tx, &user.id, hash)?;
    }
    let facts = json!({ "username": user.username, "role": user.role.as_str() });
    event::emit(tx, caller, Topic::UserCreated, user.id.as_str(), &facts)?;
    Ok(user)
}

/// Stores a password and ends every session that was opened with the one before.
pub(super) fn set_password_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &UserId, hash: &str) -> Result<()> {
    store::user::update_password(tx, id, hash)?;
    store::session::delete_of_user(tx, id, &[])?;
    event::emit(tx, caller, Topic::UserUpdated, id.as_str(), &json!({ "fields": ["password"] }))
}

fn check(user: &NewUser) -> Result<()> {
    check_username(&user.username)?;
    if user.name.chars().count() > 100 || user.name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must be at most 100 printable characters"));
    }
    if user.phone.len() > 20 || !user.phone.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid("phone", "must be at most 20 digits"));
    }
    if !user.email.is_empty() {
        check_email(&user.email)?;
    }
    if !user.time_zone.is_empty() && zone_named(&user.time_zone).is_none() {
        return Err(Error::invalid("timezone", "must be an IANA time zone"));
    }
    match &user.password {
        Some(password) => password::check_new("password", password, &user.username),
        None => Ok(()),
    }
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

/// The rule for mail addresses of users.
///
/// # Errors
/// `Invalid` for `email`.
pub(super) fn check_email(email: &str) -> Result<()> {
    let is_good = email.len() <= 254 && is_mail_address(email) && !email.chars().any(char::is_control);
    if is_good { Ok(()) } else { Err(Error::invalid("email", "must be a mail address")) }
}
