//! Endpoints that are told of events. A company has at most a hundred: the table is not a growing one.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::id::WebhookId;
use crate::domain::page::PageAsked;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Format, Webhook};
use crate::error::{Error, Result};

/// Adds an endpoint.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, webhook: &Webhook) -> Result<()> {
    let w = webhook;
    tx.run(
        "INSERT INTO webhook (id, url, description, format, topics_json, disabled, secret_sealed, previous_sealed,
           previous_until, username, password_sealed, cursor, tries, next_try_at, failing_since, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            w.id.as_str(),
            w.url,
            w.description,
            w.format.as_str(),
            topics_text(&w.topics)?,
            w.disabled,
            w.secret_sealed,
            w.previous_sealed,
            w.previous_until.map(Timestamp::as_micros),
            w.username,
            w.password_sealed,
            w.cursor,
            w.tries,
            w.next_try_at.map(Timestamp::as_micros),
            w.failing_since.map(Timestamp::as_micros),
            w.created_at.as_micros(),
            w.updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Writes everything that may change of an endpoint.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, webhook: &Webhook) -> Result<()> {
    let w = webhook;
    tx.run(
        "UPDATE webhook SET url = ?2, description = ?3, topics_json = ?4, disabled = ?5, secret_sealed = ?6,
           previous_sealed = ?7, previous_until = ?8, username = ?9, password_sealed = ?10, cursor = ?11, tries = ?12,
           next_try_at = ?13, failing_since = ?14, updated_at = ?15
         WHERE id = ?1",
        params![
            w.id.as_str(),
            w.url,
            w.description,
            topics_text(&w.topics)?,
            w.disabled,
            w.secret_sealed,
            w.previous_sealed,
            w.previous_until.map(Timestamp::as_micros),
            w.username,
            w.password_sealed,
            w.cursor,
            w.tries,
            w.next_try_at.map(Timestamp::as_micros),
            w.failing_since.map(Timestamp::as_micros),
            w.updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Removes an endpoint with its log and its replays.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &WebhookId) -> Result<()> {
    tx.run("DELETE FROM webhook WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// The endpoint with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &WebhookId) -> Result<Option<Webhook>> {
    tx.one("SELECT * FROM webhook WHERE id = ?1", [id.as_str()], from_row)
}

/// Every endpoint, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>) -> Result<Vec<Webhook>> {
    tx.all("SELECT * FROM webhook ORDER BY key", [], from_row)
}

/// Endpoints of a format, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn page(tx: &ReadTx<'_>, format: Format, asked: PageAsked) -> Result<Vec<(i64, Webhook)>> {
    tx.all(
        "SELECT * FROM webhook WHERE format = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3",
        params![format.as_str(), asked.before_key(), asked.probe()],
        |row| Ok((row.get("key")?, from_row(row)?)),
    )
}

/// How many there are.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count(tx: &ReadTx<'_>) -> Result<u32> {
    tx.value("SELECT COUNT(*) FROM webhook", [])
}

/// What the sender asks of every endpoint after each commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Standing {
    pub(crate) id: WebhookId,
    pub(crate) cursor: i64,
    pub(crate) next_try_at: Option<Timestamp>,
    pub(crate) has_replay: bool,
}

/// Where each endpoint stands that is told of events.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_standing(tx: &ReadTx<'_>) -> Result<Vec<Standing>> {
    tx.all(
        "SELECT id, cursor, next_try_at, EXISTS (SELECT 1 FROM webhook_replay WHERE webhook_id = webhook.id)
         FROM webhook WHERE disabled IS NULL ORDER BY key",
        [],
        |row| {
            Ok(Standing {
                id: WebhookId::from_stored(row.get(0)?),
                cursor: row.get(1)?,
                next_try_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_micros),
                has_replay: row.get(3)?,
            })
        },
    )
}

fn topics_text(topics: &[String]) -> Result<String> {
    serde_json::to_string(topics).map_err(Error::internal)
}

fn from_row(row: &Row<'_>) -> Result<Webhook> {
    let id: String = row.get("id")?;
    let format: String = row.get("format")?;
    let topics: String = row.get("topics_json")?;
    let instant = |column: &'static str| -> Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    Ok(Webhook {
        url: row.get("url")?,
        description: row.get("description")?,
        format: Format::parse(&format).ok_or_else(|| bad_row("webhook", "format", &id, &format))?,
        topics: serde_json::from_str(&topics).map_err(|why| bad_row("webhook", "topics_json", &id, why))?,
        disabled: row.get("disabled")?,
        secret_sealed: row.get("secret_sealed")?,
        previous_sealed: row.get("previous_sealed")?,
        previous_until: instant("previous_until")?,
        username: row.get("username")?,
        password_sealed: row.get("password_sealed")?,
        cursor: row.get("cursor")?,
        tries: row.get("tries")?,
        next_try_at: instant("next_try_at")?,
        failing_since: instant("failing_since")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: WebhookId::from_stored(id),
    })
}
