//! Prices of usage events: what one unit of a type costs in a denomination.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::currency::Denomination;
use crate::domain::page::PageAsked;
use crate::domain::usage_event::{Cost, EventPrice, EventType};
use crate::error::Result;

/// The prices of a type, by denomination.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of(tx: &ReadTx<'_>, kind: &EventType) -> Result<Vec<Cost>> {
    if let Some(known) = tx.behind().and_then(|behind| behind.state().known.prices(kind.as_str())) {
        return Ok(known);
    }
    let found = tx.all(
        "SELECT key, event_type, denomination, amount FROM event_price WHERE event_type = ?1 ORDER BY denomination",
        [kind.as_str()],
        |row| Ok(from_row(row)?.1.cost),
    )?;
    if let Some(behind) = tx.behind() {
        behind.state().known.keep_prices(kind.as_str(), &found);
    }
    Ok(found)
}

/// Prices, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>, asked: PageAsked) -> Result<Vec<(i64, EventPrice)>> {
    tx.all(
        "SELECT key, event_type, denomination, amount FROM event_price WHERE key < ?1 ORDER BY key DESC LIMIT ?2",
        params![asked.before_key(), asked.probe()],
        from_row,
    )
}

/// The price of a type in a denomination.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, kind: &EventType, denomination: &Denomination) -> Result<Option<EventPrice>> {
    let found = tx.one(
        "SELECT key, event_type, denomination, amount FROM event_price WHERE event_type = ?1 AND denomination = ?2",
        params![kind.as_str(), denomination.as_str()],
        from_row,
    )?;
    Ok(found.map(|(_, price)| price))
}

/// Sets a price.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put(tx: &mut WriteTx<'_>, price: &EventPrice) -> Result<()> {
    tx.run(
        "INSERT INTO event_price (event_type, denomination, amount) VALUES (?1, ?2, ?3)
         ON CONFLICT (event_type, denomination) DO UPDATE SET amount = excluded.amount",
        params![price.kind.as_str(), price.cost.denomination.as_str(), price.cost.amount],
    )?;
    Ok(())
}

/// Takes a price away.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, kind: &EventType, denomination: &Denomination) -> Result<()> {
    tx.run(
        "DELETE FROM event_price WHERE event_type = ?1 AND denomination = ?2",
        params![kind.as_str(), denomination.as_str()],
    )?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<(i64, EventPrice)> {
    let key = row.get(0)?;
    let (kind, denomination): (String, String) = (row.get(1)?, row.get(2)?);
    let price = EventPrice {
        kind: EventType::parse(&kind).ok_or_else(|| bad_row("event_price", "event_type", key, &kind))?,
        cost: Cost {
            denomination: Denomination::parse(&denomination)
                .ok_or_else(|| bad_row("event_price", "denomination", key, &denomination))?,
            amount: row.get(3)?,
        },
    };
    Ok((key, price))
}
