//! Giving money of a settled transaction back.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, Charge, Order, begin_in};
use crate::app::transaction::capture::refuse_if_busy;
use crate::app::transaction::once::{record_all_in, replayed_in};
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::transaction::{Amounts, Transaction, TransactionSource, TransactionType, state};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// The wish to give money back, minor units (seed gateway, "Refund").
#[derive(Clone, Copy, Debug, Default)]
pub struct RefundTransaction {
    /// How much; all that is left where `None`.
    pub amount_minor: Option<i64>,
    /// Surcharge in it: at most that of the transaction.
    pub surcharge_minor: i64,
}

impl RefundTransaction {
    /// So much, or all that is left, without a word about a surcharge.
    pub fn of(amount_minor: Option<i64>) -> Self {
        Self { amount_minor, surcharge_minor: 0 }
    }
}

impl App {
    /// Gives money of a settled transaction back; the answer is the refund, a transaction of its own. A repeated idempotency key answers with the refund that it made.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, not settled, more than is left; `IdempotencyMismatch`, and `Conflict` while the first
    /// request with the same key is on its way.
    pub async fn transaction_refund(
        &self,
        caller: Caller,
        id: TransactionId,
        command: RefundTransaction,
    ) -> Result<Transaction> {
        caller.may(Action::TransactionRefund)?;
        self.transaction_find(&caller, &id)?;
        let install_id = self.company()?.install_id;
        let canonical = format!("refund|{id}|{command:?}");
        let keys = self.header_key(&caller, canonical.as_bytes())?;
        let by = caller.clone();
        let start = self
            .store()
            .write(move |tx| {
                if let Some(id) = replayed_in(tx, &keys)? {
                    return Ok(Err(id));
                }
                let (begun, handle) = refund_in(tx, &by, &install_id, &id, command, Charge::OfTransaction)?;
                record_all_in(tx, &keys, &begun.transaction.id)?;
                Ok(Ok((begun, handle)))
            })
            .await?;
        let (begun, handle) = match start {
            Ok(new) => new,
            Err(earlier) => return self.replay(&caller, &earlier),
        };
        Ok(self.attempt_send(caller, begun, Charging::of(handle)).await?.transaction)
    }
}

/// Writes a refund and its intent down, with the handle of what it gives back; `charge` is the fact that it is.
///
/// # Errors
/// `NotFound`; `Conflict` while another operation is open; not settled, more than is left.
pub(crate) fn refund_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    id: &TransactionId,
    command: RefundTransaction,
    charge: Charge,
) -> Result<(Begun, String)> {
    let mut sale = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    refuse_if_busy(tx, id)?;
    let currency = sale.amounts.amount.currency();
    let asked = command.amount_minor.map(|minor| Money::new(minor, currency)).transpose()?;
    let amount = state::refund_amount(&sale, asked)?;
    let surcharge = Money::new(command.surcharge_minor, currency)?;
    if surcharge.minor() > sale.amounts.surcharge.minor().min(amount.minor()) {
        return Err(Error::invalid(
            "surcharge",
            format!("is more than the surcharge in it, {}", sale.amounts.surcharge),
        ));
    }
    // Counted at once: two refunds under way together never exceed what settled.
    sale.amounts.refunded = sale.amounts.refunded.plus(amount)?;
    store::transaction::update(tx, &sale)?;
    let handle = sale.answer.handle.clone();
    let source = if matches!(charge, Charge::RowOfBatch { .. }) { TransactionSource::Batch } else { sale.source };
    let begun = begin_in(tx, caller, install_id, Order { charge, source, ..order(sale, amount, surcharge) })?;
    Ok((begun, handle))
}

fn order(sale: Transaction, amount: Money, surcharge: Money) -> Order {
    Order {
        charge: Charge::OfTransaction,
        kind: TransactionType::Refund,
        source: sale.source,
        amounts: Amounts { surcharge, ..Amounts::of(amount) },
        processor_id: sale.processor_id,
        method: sale.method,
        facts: sale.instrument,
        fingerprint: sale.fingerprint,
        customer_id: sale.customer_id,
        payment_method_id: sale.payment_method_id,
        subscription_id: sale.subscription_id,
        invoice_id: sale.invoice_id,
        referenced_id: Some(sale.id),
        terminal_id: sale.terminal_id,
        token: None,
        order_id: sale.order_id,
        po_number: sale.po_number,
        description: sale.description,
        ip_address: sale.ip_address,
        billing_address_json: sale.billing_address_json,
        shipping_address_json: sale.shipping_address_json,
        details_json: "{}".to_owned(),
    }
}
