//! Rows of table `mail`: the outbox. A body with a secret is only in `sealed`, and only until it is of no more use.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::id::MailId;
use crate::domain::mail::{Mail, MailStatus};
use crate::domain::time::Timestamp;
use crate::error::Result;

const MAIL: &str = "mail";

/// What a mail says, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// JSON text of both forms.
    Open(String),
    /// The same, sealed for this row.
    Sealed(Vec<u8>),
    /// It carried a secret and was delivered, or nobody fetched it in time.
    Erased,
}

/// Adds a mail; answers whether it is new: a mail of the same kind and step about the same thing is queued once.
pub(crate) fn insert(tx: &mut WriteTx<'_>, mail: &Mail, body: &Body) -> Result<bool> {
    let (open, sealed) = match body {
        Body::Open(json) => (Some(json), None),
        Body::Sealed(bytes) => (None, Some(bytes)),
        Body::Erased => (None, None),
    };
    let added = tx.run(
        "INSERT INTO mail (id, kind, about_kind, about_id, step, recipient, subject, body_json, sealed, is_secret,
           status, send_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
         ON CONFLICT (about_kind, about_id, kind, step) DO NOTHING",
        params![
            mail.id.as_str(),
            mail.kind,
            mail.about_kind,
            mail.about_id,
            mail.step,
            mail.to,
            mail.subject,
            open,
            sealed,
            mail.is_secret,
            mail.status.as_str(),
            mail.send_at.as_micros(),
            mail.created_at.as_micros(),
        ],
    )?;
    Ok(added == 1)
}

/// The mail with this id and what it says.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &MailId) -> Result<Option<(Mail, Body)>> {
    tx.one(
        "SELECT id, kind, about_kind, about_id, step, recipient, subject, is_secret, status, attempts, send_at,
                last_error, sent_at, created_at, body_json, sealed
         FROM mail WHERE id = ?1",
        [id.as_str()],
        |row| Ok((from_row(row)?, body_of(row)?)),
    )
}

/// To whom the first mail of this kind about something went.
pub(crate) fn recipient_of(
    tx: &ReadTx<'_>,
    (about_kind, about_id): (&str, &str),
    kind: &str,
) -> Result<Option<String>> {
    tx.one(
        "SELECT recipient FROM mail WHERE about_kind = ?1 AND about_id = ?2 AND kind = ?3 ORDER BY step LIMIT 1",
        [about_kind, about_id, kind],
        |row| Ok(row.get(0)?),
    )
}

/// The newest mails before `before`, newest first.
pub(crate) fn list_before(tx: &ReadTx<'_>, before: &MailId, limit: u32) -> Result<Vec<Mail>> {
    tx.all(
        "SELECT id, kind, about_kind, about_id, step, recipient, subject, is_secret, status, attempts, send_at,
                last_error, sent_at, created_at
         FROM mail WHERE key < (SELECT key FROM mail WHERE id = ?1) ORDER BY key DESC LIMIT ?2",
        params![before.as_str(), limit],
        from_row,
    )
}

/// The newest mails, newest first.
pub(crate) fn list_newest(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<Mail>> {
    tx.all(
        "SELECT id, kind, about_kind, about_id, step, recipient, subject, is_secret, status, attempts, send_at,
                last_error, sent_at, created_at
         FROM mail ORDER BY key DESC LIMIT ?1",
        [limit],
        from_row,
    )
}

/// Queued mails whose time has come, those that wait longest first.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<(Mail, Body)>> {
    tx.all(
        "SELECT id, kind, about_kind, about_id, step, recipient, subject, is_secret, status, attempts, send_at,
                last_error, sent_at, created_at, body_json, sealed
         FROM mail WHERE status = 'queued' AND send_at <= ?1 ORDER BY send_at LIMIT ?2",
        params![now.as_micros(), limit],
        |row| Ok((from_row(row)?, body_of(row)?)),
    )
}

/// When the next queued mail is due.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    tx.one("SELECT send_at FROM mail WHERE status = 'queued' ORDER BY send_at LIMIT 1", [], |row| {
        Ok(Timestamp::from_micros(row.get(0)?))
    })
}

/// Keeps every queued mail that is due: there is nobody to give it to. Answers how many.
pub(crate) fn keep_due(tx: &mut WriteTx<'_>, due: Timestamp) -> Result<usize> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE mail SET status = 'kept', updated_at = ?2 WHERE status = 'queued' AND send_at <= ?1",
        params![due.as_micros(), now],
    )
}

/// Puts off every queued mail that is due before `until`: the relay takes none.
pub(crate) fn postpone_due(tx: &mut WriteTx<'_>, until: Timestamp) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE mail SET send_at = ?1, updated_at = ?2 WHERE status = 'queued' AND send_at < ?1",
        params![until.as_micros(), now],
    )?;
    Ok(())
}

/// The relay took it; a secret is erased. Answers whether it was queued until now.
pub(crate) fn set_sent(tx: &mut WriteTx<'_>, id: &MailId) -> Result<bool> {
    let now = tx.now().as_micros();
    let changed = tx.run(
        "UPDATE mail SET status = 'sent', sent_at = ?2, updated_at = ?2, attempts = attempts + 1, sealed = NULL,
           last_error = ''
         WHERE id = ?1 AND status = 'queued'",
        params![id.as_str(), now],
    )?;
    Ok(changed == 1)
}

/// It is tried again at `send_at`.
pub(crate) fn set_retry(tx: &mut WriteTx<'_>, id: &MailId, send_at: Timestamp, why: &str) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE mail SET send_at = ?2, last_error = ?3, updated_at = ?4, attempts = attempts + 1
         WHERE id = ?1 AND status = 'queued'",
        params![id.as_str(), send_at.as_micros(), why, now],
    )?;
    Ok(())
}

/// It came to nothing: it `bounced` or `failed`; a secret is erased.
pub(crate) fn set_undelivered(tx: &mut WriteTx<'_>, id: &MailId, end: MailStatus, why: &str) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE mail SET status = ?4, last_error = ?2, updated_at = ?3, attempts = attempts + 1, sealed = NULL
         WHERE id = ?1 AND status = 'queued'",
        params![id.as_str(), why, now, end.as_str()],
    )?;
    Ok(())
}

/// Erases secrets of mails queued before `before`; answers how many.
pub(crate) fn erase_sealed(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run("UPDATE mail SET sealed = NULL WHERE sealed IS NOT NULL AND created_at < ?1", [before.as_micros()])
}

/// At most `limit` sealed bodies after row `after`, for a rotation of keys: row, id, bytes.
pub(crate) fn list_sealed(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<(i64, MailId, Vec<u8>)>> {
    tx.all(
        "SELECT key, id, sealed FROM mail WHERE sealed IS NOT NULL AND key > ?1 ORDER BY key LIMIT ?2",
        params![after, limit],
        |row| Ok((row.get(0)?, MailId::from_stored(row.get(1)?), row.get(2)?)),
    )
}

/// Stores a body sealed anew.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, key: i64, sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE mail SET sealed = ?2 WHERE key = ?1", params![key, sealed])?;
    Ok(())
}

fn body_of(row: &Row<'_>) -> Result<Body> {
    let (open, sealed): (Option<String>, Option<Vec<u8>>) = (row.get("body_json")?, row.get("sealed")?);
    Ok(match (open, sealed) {
        (Some(json), _) => Body::Open(json),
        (None, Some(bytes)) => Body::Sealed(bytes),
        (None, None) => Body::Erased,
    })
}

fn from_row(row: &Row<'_>) -> Result<Mail> {
    let id: String = row.get("id")?;
    let status: String = row.get("status")?;
    Ok(Mail {
        kind: row.get("kind")?,
        about_kind: row.get("about_kind")?,
        about_id: row.get("about_id")?,
        step: row.get("step")?,
        to: row.get("recipient")?,
        subject: row.get("subject")?,
        is_secret: row.get("is_secret")?,
        status: MailStatus::parse(&status).ok_or_else(|| bad_row(MAIL, "status", &id, &status))?,
        attempts: row.get("attempts")?,
        send_at: Timestamp::from_micros(row.get("send_at")?),
        last_error: row.get("last_error")?,
        sent_at: row.get::<_, Option<i64>>("sent_at")?.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        id: MailId::from_stored(id),
    })
}
