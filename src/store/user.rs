//! Rows of table `user`. Those of deleted users stay for the documents that name them; nothing here finds them but
//! [`name_of`].

use rusqlite::{Row, named_params};
use serde::{Deserialize, Serialize};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::access::{Permissions, Role};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::{Login, User, UserStatus};
use crate::domain::user_settings::{Notification, UserDefaults, UserSettings};
use crate::error::Result;

/// Adds `user` without a password.
///
/// # Errors
/// `Conflict` where the id or the username is taken.
pub fn insert(tx: &mut WriteTx<'_>, user: &User) -> Result<()> {
    tx.run(
        "INSERT INTO user (id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
           password_expired, created_at, updated_at)
         VALUES (:id, :username, :name, :phone, :email, :time_zone, :status, :role, :permissions, :settings_json,
           :password_expired, :created_at, :updated_at)",
        named_params! {
            ":id": user.id.as_str(), ":username": user.username, ":name": user.name, ":phone": user.phone,
            ":email": user.email, ":time_zone": user.time_zone, ":status": user.status.as_str(),
            ":role": user.role.as_str(), ":permissions": user.permissions.bits(),
            ":settings_json": settings_to_json(&user.settings), ":password_expired": user.is_password_expired,
            ":created_at": user.created_at.as_micros(), ":updated_at": user.updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Stores what may change of `user`, but its name to log in with and its password.
///
/// # Errors
/// Whatever the store refuses.
pub fn update(tx: &mut WriteTx<'_>, user: &User) -> Result<()> {
    tx.run(
        "UPDATE user SET name = :name, phone = :phone, email = :email, time_zone = :time_zone, status = :status,
           role = :role, permissions = :permissions, settings_json = :settings_json, updated_at = :updated_at
         WHERE id = :id",
        named_params! {
            ":id": user.id.as_str(), ":name": user.name, ":phone": user.phone, ":email": user.email,
            ":time_zone": user.time_zone, ":status": user.status.as_str(), ":role": user.role.as_str(),
            ":permissions": user.permissions.bits(), ":settings_json": settings_to_json(&user.settings),
            ":updated_at": user.updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Nobody finds the user any more; its name may be taken again, its password is gone.
///
/// # Errors
/// Whatever the store refuses.
pub fn set_deleted(tx: &mut WriteTx<'_>, id: &UserId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE user SET deleted_at = :now, updated_at = :now, status = 'disabled', password_hash = NULL WHERE id = :id",
        named_params! { ":id": id.as_str(), ":now": now },
    )?;
    Ok(())
}

/// The user with this id.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, id: &UserId) -> Result<Option<User>> {
    tx.one(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
                password_expired, created_at, updated_at
         FROM user WHERE id = :id AND deleted_at IS NULL",
        named_params! { ":id": id.as_str() },
        read,
    )
}

/// The name that the user with this id logs or logged in with, also after it was deleted.
///
/// # Errors
/// Where the file cannot be read.
pub fn name_of(tx: &ReadTx<'_>, id: &UserId) -> Result<Option<String>> {
    tx.one("SELECT username FROM user WHERE id = :id", named_params! { ":id": id.as_str() }, |row| Ok(row.get(0)?))
}

/// The user with this name, upper and lower case alike, and what its login is judged by.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch_login(tx: &ReadTx<'_>, username: &str) -> Result<Option<(User, Login)>> {
    tx.one(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
                password_expired, created_at, updated_at, password_hash, failed_logins, locked_until
         FROM user WHERE username = :username AND deleted_at IS NULL",
        named_params! { ":username": username },
        |row| {
            let login = Login {
                password_hash: row.get("password_hash")?,
                failures: row.get("failed_logins")?,
                locked_until: row.get::<_, Option<i64>>("locked_until")?.map(Timestamp::from_micros),
            };
            Ok((read(row)?, login))
        },
    )
}

/// Every user, oldest first. A company has few: the table is not a growing one.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<User>> {
    tx.all(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
                password_expired, created_at, updated_at
         FROM user WHERE deleted_at IS NULL ORDER BY key",
        [],
        read,
    )
}

/// Active users who want mails of any kind, oldest first. Where nobody does this reads one page.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list_notified(tx: &ReadTx<'_>) -> Result<Vec<User>> {
    tx.all(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
                password_expired, created_at, updated_at
         FROM user INDEXED BY user_notified
         WHERE json_array_length(settings_json, '$.notifications') > 0 AND status = 'active' AND deleted_at IS NULL
         ORDER BY key",
        [],
        read,
    )
}

/// The first administrator that may log in: keys made on the command line act for it.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch_first_admin(tx: &ReadTx<'_>) -> Result<Option<User>> {
    tx.one(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, settings_json,
                password_expired, created_at, updated_at
         FROM user WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL ORDER BY key LIMIT 1",
        [],
        read,
    )
}

/// Whether an administrator besides this user may log in.
///
/// # Errors
/// Where the file cannot be read.
pub fn has_other_admin(tx: &ReadTx<'_>, id: &UserId) -> Result<bool> {
    tx.value(
        "SELECT EXISTS (SELECT 1 FROM user
         WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL AND id <> :id)",
        named_params! { ":id": id.as_str() },
    )
}

/// Stores the wrong passwords counted so far, and the lock.
///
/// # Errors
/// Whatever the store refuses.
pub fn update_failures(
    tx: &mut WriteTx<'_>,
    id: &UserId,
    failures: u32,
    locked_until: Option<Timestamp>,
) -> Result<()> {
    tx.run(
        "UPDATE user SET failed_logins = :failures, locked_until = :locked_until WHERE id = :id",
        named_params! {
            ":id": id.as_str(), ":failures": failures, ":locked_until": locked_until.map(Timestamp::as_micros),
        },
    )?;
    Ok(())
}

/// Stores a password and forgets the wrong ones before it; `is_expired` where somebody else chose it.
///
/// # Errors
/// Whatever the store refuses.
pub fn update_password(tx: &mut WriteTx<'_>, id: &UserId, password_hash: &str, is_expired: bool) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE user SET password_hash = :password_hash, password_expired = :is_expired, failed_logins = 0,
           locked_until = NULL, updated_at = :now
         WHERE id = :id",
        named_params! {
            ":id": id.as_str(), ":password_hash": password_hash, ":is_expired": is_expired, ":now": now,
        },
    )?;
    Ok(())
}

/// Stores the name to log in with and the mail address.
///
/// # Errors
/// `Conflict` where the username is taken.
pub fn update_names(tx: &mut WriteTx<'_>, id: &UserId, username: &str, email: &str) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE user SET username = :username, email = :email, updated_at = :now WHERE id = :id",
        named_params! { ":id": id.as_str(), ":username": username, ":email": email, ":now": now },
    )?;
    Ok(())
}

/// The form of `settings_json`.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct SettingsJson {
    notifications: Vec<String>,
    defaults: DefaultsJson,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct DefaultsJson {
    processor_id: String,
    terminal_id: String,
    transaction_csv_format_id: String,
    transaction_report_format_id: String,
    vault_table_format_id: String,
    show_transaction_totals: bool,
}

fn settings_to_json(settings: &UserSettings) -> String {
    let UserSettings { notifications, defaults } = settings.clone();
    let UserDefaults {
        processor_id,
        terminal_id,
        transaction_csv_format_id,
        transaction_report_format_id,
        vault_table_format_id,
        show_transaction_totals,
    } = defaults;
    let form = SettingsJson {
        notifications: notifications.iter().map(|notification| notification.name().to_owned()).collect(),
        defaults: DefaultsJson {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        },
    };
    serde_json::to_string(&form).expect("strings always have a JSON form")
}

fn settings_from_json(text: &str) -> std::result::Result<UserSettings, String> {
    let SettingsJson { notifications, defaults } = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let notifications = notifications.iter().map(|name| Notification::parse(name).ok_or_else(|| name.clone()));
    let DefaultsJson {
        processor_id,
        terminal_id,
        transaction_csv_format_id,
        transaction_report_format_id,
        vault_table_format_id,
        show_transaction_totals,
    } = defaults;
    Ok(UserSettings {
        notifications: notifications.collect::<std::result::Result<_, _>>()?,
        defaults: UserDefaults {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        },
    })
}

/// A user row from the columns named as in the table.
fn read(row: &Row<'_>) -> Result<User> {
    let id: String = row.get("id")?;
    let bad = |column, text: &str| bad_row("user", column, &id, text);
    let status: String = row.get("status")?;
    let role: String = row.get("role")?;
    let settings: String = row.get("settings_json")?;
    Ok(User {
        status: UserStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        role: Role::parse(&role).ok_or_else(|| bad("role", &role))?,
        settings: settings_from_json(&settings).map_err(|why| bad("settings_json", &why))?,
        username: row.get("username")?,
        name: row.get("name")?,
        phone: row.get("phone")?,
        email: row.get("email")?,
        time_zone: row.get("time_zone")?,
        permissions: Permissions::from_bits(row.get("permissions")?),
        is_password_expired: row.get("password_expired")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: UserId::from_stored(id),
    })
}
