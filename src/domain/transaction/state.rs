//! What may be done to a transaction, and what an answer makes of it. Refusals come in one fixed order.

use super::{Transaction, TransactionStatus as Status, TransactionType as Type};
use crate::domain::money::Money;
use crate::error::{Error, Result};

/// What an approval of `approved` makes of a transaction of `kind`.
pub fn approved_status(kind: Type) -> Status {
    match kind {
        Type::Sale | Type::Credit | Type::Refund => Status::PendingSettlement,
        Type::Authorize | Type::Verification => Status::Authorized,
    }
}

/// The amount a capture takes: `asked`, or all that was authorized.
///
/// # Errors
/// Not an open authorization; nothing, or more than was authorized.
pub fn capture_amount(transaction: &Transaction, asked: Option<Money>) -> Result<Money> {
    if transaction.kind != Type::Authorize || transaction.status != Status::Authorized {
        return Err(refused(transaction, "captured"));
    }
    let amount = asked.unwrap_or(transaction.amounts.authorized);
    if !amount.is_positive() {
        return Err(Error::invalid("amount", "must be more than zero"));
    }
    if amount.minor() > transaction.amounts.authorized.minor() {
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
