//! Changing a user: profile, status, role, permissions, settings.

use serde_json::json;

use super::super::mail::{self, Letter, NewMail};
use super::super::write_once::Asked;
use super::super::{App, Caller, event};
use super::{NAME_MAX, check_email, check_may_manage, check_time_zone, checked_phone, find_in};
use crate::domain::access::{Action, Permission, Role};
use crate::domain::event::Topic;
use crate::domain::id::{ProcessorId, UserId};
use crate::domain::text;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_settings::{Notification, UserDefaults};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// Longest id of a format, characters.
const FORMAT_ID_MAX: usize = 40;

/// What to change of a user; what is `None` or not named stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeUser {
    /// First and last name.
    pub name: Option<String>,
    /// Digits.
    pub phone: Option<String>,
    /// Mail address; "" takes it away.
    pub email: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Whether the user may log in.
    pub status: Option<UserStatus>,
    /// Administrator or not.
    pub role: Option<Role>,
    /// Permissions to give or take.
    pub permissions: Vec<(Permission, bool)>,
    /// Mails to get or not.
    pub notifications: Vec<(Notification, bool)>,
    /// Preselections.
    pub defaults: ChangeUserDefaults,
}

/// Preselections to change; "" takes one away.
#[derive(Clone, Debug, Default)]
pub struct ChangeUserDefaults {
    /// A processor's id.
    pub processor_id: Option<String>,
    /// A terminal's id.
    pub terminal_id: Option<String>,
    /// How exports of transactions look.
    pub transaction_csv_format_id: Option<String>,
    /// How reports of transactions look.
    pub transaction_report_format_id: Option<String>,
    /// How lists of customers look.
    pub vault_table_format_id: Option<String>,
    /// Whether reports show totals.
    pub show_transaction_totals: Option<bool>,
}

impl App {
    /// Changes a user. Permissions hold from the next request on; who is disabled is out at once.
    ///
    /// # Errors
    /// `Forbidden`, also where the user may do, or would be able to do, more than the caller; `NotFound`; `Invalid`
    /// naming the field; `Conflict` where no administrator would be left.
    pub async fn user_update(&self, caller: &Caller, id: UserId, change: ChangeUser) -> Result<User> {
        caller.may(Action::UserManage)?;
        let asked = Asked::new("user", "user.update").with(id.as_str()).with(&format!("{change:?}"));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| Ok(update_in(tx, caller, &id, change)?.id.to_string());
        let show = |tx: &ReadTx<'_>, id: &str| find_in(tx, &UserId::from_stored(id.to_owned()));
        self.write_once(caller, asked, work, show).await
    }
}

fn update_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &UserId, change: ChangeUser) -> Result<User> {
    let before = find_in(tx, id)?;
    check_may_manage(caller, &before)?;
    let mut user = before.clone();
    apply(tx, &mut user, change)?;
    check_may_manage(caller, &user)?;
    check_admin_stays(tx, &before, is_active_admin(&user))?;
    user.updated_at = tx.now();
    store::user::update(tx, &user)?;
    if user.status == UserStatus::Disabled {
        end_access_in(tx, id)?;
    }
    if user.email != before.email {
        tell_of_new_address_in(tx, caller, &before, &user)?;
    }
    let facts = json!({ "fields": changed(&before, &user) });
    event::emit(tx, caller, Topic::UserUpdated, id.as_str(), &facts)?;
    Ok(user)
}

/// Puts `change` into `user`.
///
/// # Errors
/// `Invalid` naming the field.
pub(super) fn apply(tx: &ReadTx<'_>, user: &mut User, change: ChangeUser) -> Result<()> {
    let ChangeUser { name, phone, email, time_zone, status, role, permissions, notifications, defaults } = change;
    if let Some(name) = name {
        user.name = text::line("name", &name, NAME_MAX)?;
    }
    if let Some(phone) = phone {
        user.phone = checked_phone(&phone)?;
    }
    if let Some(email) = email {
        if !email.is_empty() {
            check_email(&email)?;
        }
        user.email = email;
    }
    if let Some(zone) = time_zone {
        check_time_zone(&zone)?;
        user.time_zone = zone;
    }
    user.status = status.unwrap_or(user.status);
    user.role = role.unwrap_or(user.role);
    for (permission, is_given) in permissions {
        let set = user.permissions;
        user.permissions = if is_given { set.with(permission) } else { set.without(permission) };
    }
    for (notification, is_wanted) in notifications {
        if is_wanted {
            user.settings.notifications.insert(notification);
        } else {
            user.settings.notifications.remove(&notification);
        }
    }
    apply_defaults(tx, &mut user.settings.defaults, defaults)
}

fn apply_defaults(tx: &ReadTx<'_>, defaults: &mut UserDefaults, change: ChangeUserDefaults) -> Result<()> {
    let ChangeUserDefaults {
        processor_id,
        terminal_id,
        transaction_csv_format_id,
        transaction_report_format_id,
        vault_table_format_id,
        show_transaction_totals,
    } = change;
    if let Some(id) = processor_id {
        let is_known = id.is_empty() || store::processor::fetch(tx, &ProcessorId::from_stored(id.clone()))?.is_some();
        if !is_known {
            return Err(Error::invalid("defaults.processor_id", "is no processor"));
        }
        defaults.processor_id = id;
    }
    if let Some(id) = terminal_id {
        let is_known =
            id.is_empty() || store::terminal::list(tx)?.iter().any(|terminal| terminal.id.as_str() == id.as_str());
        if !is_known {
            return Err(Error::invalid("defaults.terminal_id", "is no terminal"));
        }
        defaults.terminal_id = id;
    }
    for (field, given, kept) in [
        ("defaults.transaction_csv_format_id", transaction_csv_format_id, &mut defaults.transaction_csv_format_id),
        (
            "defaults.transaction_report_format_id",
            transaction_report_format_id,
            &mut defaults.transaction_report_format_id,
        ),
        ("defaults.vault_table_format_id", vault_table_format_id, &mut defaults.vault_table_format_id),
    ] {
        if let Some(id) = given {
            *kept = text::line(field, &id, FORMAT_ID_MAX)?;
        }
    }
    defaults.show_transaction_totals = show_transaction_totals.unwrap_or(defaults.show_transaction_totals);
    Ok(())
}

fn is_active_admin(user: &User) -> bool {
    user.role == Role::Admin && user.status == UserStatus::Active
}

/// Whether somebody is left who may do everything, after `user` was changed or removed.
///
/// # Errors
/// `Conflict` where nobody is.
pub(super) fn check_admin_stays(tx: &ReadTx<'_>, user: &User, stays_admin: bool) -> Result<()> {
    if !is_active_admin(user) || stays_admin || store::user::has_other_admin(tx, &user.id)? {
        return Ok(());
    }
    Err(Error::Conflict("this is the last active administrator".to_owned()))
}

/// Ends every session, link and code of a user; its keys are refused because it is not active.
pub(super) fn end_access_in(tx: &mut WriteTx<'_>, id: &UserId) -> Result<()> {
    store::session::delete_of_user(tx, id, &[])?;
    store::setup_link::delete_of_user(tx, id, &[])
}

/// Both addresses hear of a change: a thief cannot take an account over in silence (RELIABILITY.md S8).
fn tell_of_new_address_in(tx: &mut WriteTx<'_>, caller: &Caller, before: &User, after: &User) -> Result<()> {
    let at = tx.now().as_micros();
    for (name, to) in [("old", &before.email), ("new", &after.email)] {
        if !text::is_email(to) {
            continue;
        }
        let company = store::company::fetch(tx)?;
        let letter = Letter::new(format!("The mail address of {} was changed", after.username))
            .text(format!("Mails for {} at {} go to another address from now on.", after.username, company.name))
            .facts([("New address", after.email.as_str())])
            .text("If you did not expect this, ask an administrator at once.");
        let (about, step) = (("user", after.id.to_string()), format!("{at}/{name}"));
        let mail = NewMail { kind: "user.email_changed", about, step, to: to.clone(), letter };
        mail::queue_in(tx, caller, mail)?;
    }
    Ok(())
}

/// The names of the fields that differ.
fn changed(before: &User, after: &User) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("timezone", before.time_zone != after.time_zone),
        ("status", before.status != after.status),
        ("role", before.role != after.role),
        ("permissions", before.permissions != after.permissions),
        ("notifications", before.settings.notifications != after.settings.notifications),
        ("defaults", before.settings.defaults != after.settings.defaults),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}
