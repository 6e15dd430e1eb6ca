//! Capturing held money.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, attempt_in};
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState};
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::transaction::{Transaction, state};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// What may change when held money is captured; `None` keeps the authorized value (seed gateway, "Capture").
#[derive(Clone, Debug, Default)]
pub struct CaptureTransaction {
    /// How much, minor units.
    pub amount_minor: Option<i64>,
    /// Tax in it, minor units.
    pub tax_minor: Option<i64>,
    /// Shipping in it, minor units.
    pub shipping_minor: Option<i64>,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// The merchant's purchase order.
    pub po_number: Option<String>,
}

impl App {
    /// Takes held money, all of it or less; the rest is released.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, not an open authorization, more than is held, refused by the processor (`Declined`).
    pub async fn transaction_capture(
        &self,
        caller: Caller,
        id: TransactionId,
        command: CaptureTransaction,
    ) -> Result<Transaction> {
        caller.may(Action::TransactionCapture)?;
        self.transaction_find(&caller, &id)?;
        let install_id = self.company()?.install_id;
        let begun = self.store().write(move |tx| capture_in(tx, &install_id, &id, command)).await?;
        let handle = begun.transaction.answer.handle.clone();
        let concluded = self.attempt_send(caller, begun, Charging::of(handle)).await?;
        refuse_if_declined(&concluded.attempt, concluded.transaction)
    }
}

/// Writes the intent of a capture down.
///
/// # Errors
/// `NotFound`; `Conflict` while another operation is open; not an open authorization, more than is held.
pub(crate) fn capture_in(
    tx: &mut WriteTx<'_>,
    install_id: &str,
    id: &TransactionId,
    command: CaptureTransaction,
) -> Result<Begun> {
    let mut t = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    refuse_if_busy(tx, id)?;
    let currency = t.amounts.amount.currency();
    let asked = command.amount_minor.map(|minor| Money::new(minor, currency)).transpose()?;
    let amount = state::capture_amount(&t, asked)?;
    if let Some(minor) = command.tax_minor {
        t.amounts.tax = Money::new(minor, currency)?;
    }
    if let Some(minor) = command.shipping_minor {
        t.amounts.shipping = Money::new(minor, currency)?;
    }
    t.order_id = command.order_id.unwrap_or(t.order_id);
    t.po_number = command.po_number.unwrap_or(t.po_number);
    store::transaction::update(tx, &t)?;
    let attempt = attempt_in(tx, install_id, &t, AttemptOperation::Capture, format!("capture/{id}"), amount)?;
    Ok(Begun { transaction: t, attempt })
}

/// Refuses while another operation on the transaction is open: two of them could both move its money.
pub(super) fn refuse_if_busy(tx: &ReadTx<'_>, id: &TransactionId) -> Result<()> {
    let open = store::attempt::list_of_transaction(tx, id)?.into_iter().any(|attempt| !attempt.state.is_final());
    if open {
        return Err(Error::Conflict("an earlier request for this transaction is still being confirmed".to_owned()));
    }
    Ok(())
}

/// A capture or void leaves no transaction of its own: its decline is told as an error.
pub(super) fn refuse_if_declined(attempt: &Attempt, transaction: Transaction) -> Result<Transaction> {
    match attempt.state {
        AttemptState::Declined => Err(Error::Declined { code: attempt.response_code, text: "decline".to_owned() }),
        _ => Ok(transaction),
    }
}
