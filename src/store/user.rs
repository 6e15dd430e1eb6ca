//! Rows of table `user`.

use rusqlite::{Row, named_params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::access::{Permissions, Role};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::{Login, User, UserStatus};
use crate::error::Result;

/// Adds `user` without a password.
///
/// # Errors
/// `Conflict` where the id or the username is taken.
pub fn insert(tx: &mut WriteTx<'_>, user: &User) -> Result<()> {
    let User { id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at } = user;
    tx.run(
        "INSERT INTO user (id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at)
         VALUES (:id, :username, :name, :phone, :email, :time_zone, :status, :role, :permissions, :created_at, :updated_at)",
        named_params! {
            ":id": id.as_str(), ":username": username, ":name": name, ":phone": phone, ":email": email,
            ":time_zone": time_zone, ":status": status.as_str(), ":role": role.as_str(),
            ":permissions": permissions.bits(), ":created_at": created_at.as_micros(),
            ":updated_at": updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// The user with this id.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, id: &UserId) -> Result<Option<User>> {
    tx.one(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at
         FROM user WHERE id = :id",
        named_params! { ":id": id.as_str() },
        read,
    )
}

/// The user with this name, upper and lower case alike, and what its login is judged by.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch_login(tx: &ReadTx<'_>, username: &str) -> Result<Option<(User, Login)>> {
    tx.one(
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at,
                password_hash, failed_logins, locked_until
         FROM user WHERE username = :username",
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
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at
         FROM user ORDER BY key",
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
        "SELECT id, username, name, phone, email, time_zone, status, role, permissions, created_at, updated_at
         FROM user WHERE role = 'admin' AND status = 'active' ORDER BY key LIMIT 1",
        [],
        read,
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

/// Stores a password and forgets the wrong ones before it.
///
/// # Errors
/// Whatever the store refuses.
pub fn update_password(tx: &mut WriteTx<'_>, id: &UserId, password_hash: &str) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE user SET password_hash = :password_hash, failed_logins = 0, locked_until = NULL, updated_at = :now
         WHERE id = :id",
        named_params! { ":id": id.as_str(), ":password_hash": password_hash, ":now": now },
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

/// A user row from the columns named as in the table.
fn read(row: &Row<'_>) -> Result<User> {
    let id: String = row.get("id")?;
    let bad = |column, text: &str| bad_row("user", column, &id, text);
    let status: String = row.get("status")?;
    let role: String = row.get("role")?;
    Ok(User {
        status: UserStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        role: Role::parse(&role).ok_or_else(|| bad("role", &role))?,
        username: row.get("username")?,
        name: row.get("name")?,
        phone: row.get("phone")?,
        email: row.get("email")?,
        time_zone: row.get("time_zone")?,
        permissions: Permissions::from_bits(row.get("permissions")?),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: UserId::from_stored(id),
    })
}
