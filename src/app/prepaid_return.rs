//! Money of a card charge for prepaid units that went back to the card: the units it bought go back in the same
//! proportion, in the commit that gives the money back. A balance may fall below zero by it.

use super::Caller;
use super::balance::{credit_in, debit_in, standing_in};
use crate::domain::auto_refill::RefillStatus;
use crate::domain::balance::MoveReason;
use crate::domain::currency::Denomination;
use crate::domain::deposit::DepositStatus;
use crate::domain::id::{DepositId, RefillId};
use crate::domain::prepaid_charge::{ChargeKind, PrepaidCharge, units_back};
use crate::domain::transaction::{Transaction, TransactionStatus};
use crate::error::Result;
use crate::store::ledger::Source;
use crate::store::{self, ReadTx, WriteTx};

/// What the ledger calls units that went back, by the charge that had bought them.
const KIND: &str = "prepaid_return";

/// A charge was voided or refunded, or a refund of it undone: as many of its units are taken back, or given again, as
/// its money has gone back by now. Charges that bought no units, and those of plans, move nothing here.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn returned_in(tx: &mut WriteTx<'_>, caller: &Caller, sale: &Transaction) -> Result<()> {
    let Some(charge) = store::prepaid_charge::fetch(tx, &sale.id)? else { return Ok(()) };
    let Some((denomination, units, reason)) = bought(tx, &charge)? else { return Ok(()) };
    let wanted = match sale.status {
        TransactionStatus::Voided => units,
        _ => units_back(units, store::prepaid_charge::refunded_minor(tx, &sale.id)?, sale.amounts.settled.minor()),
    };
    let more = wanted.saturating_sub(store::prepaid_charge::units_returned(tx, &sale.id)?);
    let standing = standing_in(tx, caller, &charge.customer_id, &denomination)?;
    // The money has moved already: what would leave the range of a balance stays where it is.
    let taken = more.min(standing.amount.saturating_sub(i64::MIN));
    let given = more.saturating_neg().min(i64::MAX.saturating_sub(standing.amount));
    let (whose, source) = ((&charge.customer_id, &denomination), Source { kind: KIND, id: sale.id.as_str() });
    if more > 0 && taken > 0 {
        debit_in(tx, caller, whose, taken, source, reason)?;
    } else if more < 0 && given > 0 {
        credit_in(tx, caller, whose, given, source, reason)?;
    }
    Ok(())
}

/// What a charge bought, if its units came: of what, how many, and why they go back.
fn bought(tx: &ReadTx<'_>, charge: &PrepaidCharge) -> Result<Option<(Denomination, i64, MoveReason)>> {
    let id = charge.source_id.clone();
    match charge.kind {
        ChargeKind::Deposit => {
            let made = store::deposit::fetch(tx, &DepositId::from_stored(id))?;
            let made = made.filter(|made| made.status == DepositStatus::Succeeded);
            Ok(made.map(|made| (made.denomination, made.amount, MoveReason::DepositReturned)))
        }
        ChargeKind::AutoRefill => {
            let made = store::refill::fetch(tx, &RefillId::from_stored(id))?;
            let made = made.filter(|made| made.status == RefillStatus::Succeeded);
            Ok(made.map(|made| (made.denomination, made.amount, MoveReason::AutoRefillReturned)))
        }
        ChargeKind::PlanAttach | ChargeKind::PlanRenewal | ChargeKind::PlanChange | ChargeKind::Overage => Ok(None),
    }
}
