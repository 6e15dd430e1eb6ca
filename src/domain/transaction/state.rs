//! What may be done to a transaction, and what an answer makes of it. Refusals come in one fixed order.

use super::{InstrumentFacts, Transaction, TransactionStatus as Status, TransactionType as Type};
use crate::domain::money::{Money, MoneyError};
use crate::error::{Error, Result};

/// What an approval of `approved` makes of a transaction of `kind`.
pub fn approved_status(kind: Type) -> Status {
    match kind {
        Type::Sale | Type::Credit | Type::Refund => Status::PendingSettlement,
        Type::Authorize | Type::Verification => Status::Authorized,
    }
}

/// Our response code of a partial approval.
const PARTIAL: u16 = 110;
/// A tip may add the fifth part of what was authorized: card schemes let restaurants take up to 20 % more than their
/// authorization without another one.
const TIP_DIVISOR: i64 = 5;

/// The most that may be taken where `authorized` was authorized and a tip came later.
///
/// # Errors
/// More than an amount can be.
pub fn tip_ceiling(authorized: Money) -> Result<Money, MoneyError> {
    let over = authorized.minor().checked_div(TIP_DIVISOR).unwrap_or(0);
    authorized.plus(Money::new(over, authorized.currency())?)
}

/// What `tip` in place of the tip before makes of all that is taken, or will be.
///
/// # Errors
/// Neither held nor waiting for settlement; no card; the payment of an invoice; a partial approval; another `base`
/// than the transaction's; more than [`tip_ceiling`].
pub fn tipped_amount(transaction: &Transaction, tip: Money, base: Option<Money>) -> Result<Money> {
    let amounts = &transaction.amounts;
    let total = match (transaction.kind, transaction.status) {
        (Type::Authorize, Status::Authorized) => amounts.amount,
        (Type::Sale | Type::Authorize, Status::PendingSettlement) => amounts.captured,
        _ => return Err(refused(transaction, "tip adjusted")),
    };
    let takes_tips =
        matches!(transaction.instrument, Some(InstrumentFacts::Card { .. } | InstrumentFacts::Terminal { .. }));
    if !takes_tips {
        return Err(Error::invalid("tip", "can be changed where a card or a terminal paid"));
    }
    if transaction.invoice_id.is_some() {
        return Err(Error::invalid("tip", "of an invoice is given with its payment"));
    }
    if transaction.response_code == PARTIAL {
        return Err(Error::invalid("tip", "cannot be changed where less was approved than asked for"));
    }
    if base.is_some_and(|base| Ok(base) != base_of(transaction)) {
        return Err(Error::invalid("base_amount", "is not the transaction's"));
    }
    let without = total.minus(amounts.tip)?;
    if without.minor() < 0 {
        return Err(Error::invalid("tip", "cannot be changed where less was captured than the tip"));
    }
    let ceiling = tip_ceiling(amounts.authorized)?;
    let tipped = without.plus(tip).ok().filter(|tipped| tipped.minor() <= ceiling.minor());
    let tipped = tipped.ok_or_else(|| Error::invalid("tip", format!("makes more than {ceiling} in all")))?;
    if tipped.is_positive() { Ok(tipped) } else { Err(Error::invalid("tip", "leaves nothing to take")) }
}

/// What was asked for before tip and fees.
fn base_of(transaction: &Transaction) -> Result<Money, MoneyError> {
    let amounts = &transaction.amounts;
    if amounts.base.is_positive() {
        return Ok(amounts.base);
    }
    let fees = amounts.surcharge.plus(amounts.service_fee)?.plus(amounts.adjustment)?;
    amounts.amount.minus(amounts.tip)?.minus(fees)
}

/// The amount a capture takes: `asked`, or all that was authorized with the tip that came later.
///
/// # Errors
/// Not an open authorization; nothing, or more than was authorized and tipped.
pub fn capture_amount(transaction: &Transaction, asked: Option<Money>) -> Result<Money> {
    if transaction.kind != Type::Authorize || transaction.status != Status::Authorized {
        return Err(refused(transaction, "captured"));
    }
    let authorized = transaction.amounts.authorized;
    let whole = if transaction.response_code == PARTIAL { authorized } else { transaction.amounts.amount };
    let amount = asked.unwrap_or(whole);
    if !amount.is_positive() {
        return Err(Error::invalid("amount", "must be more than zero"));
    }
    if amount.minor() > authorized.minor().max(whole.minor()) {
        return Err(Error::invalid("amount", "is more than was authorized"));
    }
    Ok(amount)
}

/// What a void makes of the transaction: an authorization is reversed, a capture is voided.
///
/// # Errors
/// Neither authorized nor waiting for settlement.
pub fn voided_status(transaction: &Transaction) -> Result<Status> {
    match (transaction.kind, transaction.status) {
        (Type::Authorize, Status::Authorized) => Ok(Status::Reversed),
        (Type::Sale | Type::Authorize | Type::Credit | Type::Refund, Status::PendingSettlement) => Ok(Status::Voided),
        _ => Err(refused(transaction, "voided")),
    }
}

/// The amount a refund gives back: `asked` (nothing or zero means all that is left).
///
/// # Errors
/// Not settled; already given back in full; more than is left.
pub fn refund_amount(transaction: &Transaction, asked: Option<Money>) -> Result<Money> {
    let refundable = matches!(transaction.kind, Type::Sale | Type::Authorize)
        && matches!(transaction.status, Status::Settled | Status::PartiallyRefunded | Status::Refunded);
    if !refundable {
        return Err(refused(transaction, "refunded"));
    }
    let left = transaction.amounts.settled.minus(transaction.amounts.refunded)?;
    let amount = asked.filter(|amount| !amount.is_zero()).unwrap_or(left);
    if !left.is_positive() {
        return Err(Error::invalid("amount", "everything was already refunded"));
    }
    if amount.minor() < 0 || amount.minor() > left.minor() {
        return Err(Error::invalid("amount", format!("only {left} is left to refund")));
    }
    Ok(amount)
}

/// Where a settled transaction stands when `refunded` of `settled` has been given back.
pub fn refunded_status(settled: Money, refunded: Money) -> Status {
    if !refunded.is_positive() {
        Status::Settled
    } else if refunded.minor() >= settled.minor() {
        Status::Refunded
    } else {
        Status::PartiallyRefunded
    }
}

fn refused(transaction: &Transaction, to: &str) -> Error {
    Error::InvalidTransition {
        kind: "transaction",
        from: format!("{} ({})", transaction.status.as_str(), transaction.kind.as_str()),
        to: to.to_owned(),
    }
}
