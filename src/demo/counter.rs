//! What the shop's own till and web shop charge through the API: sales, held money, refunds and what went wrong.

use super::{Story, impossible};
use crate::app::transaction::{CaptureTransaction, ChargeTransaction, PayWith, RefundTransaction};
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::currency::Currency;
use crate::domain::id::TransactionId;
use crate::domain::transaction::TransactionType;
use crate::error::Result;

/// What pays at the counter.
pub(super) enum With {
    Card(&'static str),
    Token(&'static str),
    Terminal,
}

/// A charge; its name is the order it belongs to.
pub(super) struct Charge {
    pub(super) order: &'static str,
    pub(super) kind: TransactionType,
    pub(super) minor: i64,
    pub(super) with: With,
    pub(super) what: &'static str,
}

/// The everyday sales, one after another through the year: amount in minor units, what, card.
pub(super) const EVERYDAY: &[(i64, &str, &str)] = &[
    (1_450, "Flat white and cardamom bun", "4242424242424242"),
    (3_890, "Guji 250 g, two bags", "5555555555554444"),
    (620, "Espresso and cookie", "4111111111111111"),
    (12_900, "Hand grinder", "378282246310005"),
    (2_275, "Brunch for one", "6011111111111117"),
    (845, "Cold brew", "4005519200000004"),
    (5_460, "Gift box", "5454545454545454"),
];

/// Charges and remembers the transaction by its order.
pub(super) async fn charge(story: &mut Story<'_>, charge: &Charge) -> Result<()> {
    let pay_with = pay_with(story, &charge.with)?;
    let command = ChargeTransaction {
        order_id: charge.order.to_owned(),
        description: charge.what.to_owned(),
        ..ChargeTransaction::of(charge.kind, Currency::USD, charge.minor, pay_with)
    };
    let made = story.app.transaction_charge(story.caller.clone(), command).await?;
    story.transactions.insert(charge.order, made.id);
    Ok(())
}

/// Takes `minor` units of the money that is held for an order.
pub(super) async fn capture(story: &Story<'_>, order: &str, minor: i64) -> Result<()> {
    let command = CaptureTransaction { amount_minor: Some(minor), ..CaptureTransaction::default() };
    story.app.transaction_capture(story.caller.clone(), of(story, order)?, command).await?;
    Ok(())
}

/// Lets go of the money that is held for an order.
pub(super) async fn void(story: &Story<'_>, order: &str) -> Result<()> {
    story.app.transaction_void(story.caller.clone(), of(story, order)?).await?;
    Ok(())
}

/// Gives `minor` units of an order back.
pub(super) async fn refund(story: &Story<'_>, order: &str, minor: i64) -> Result<()> {
    story.app.transaction_refund(story.caller.clone(), of(story, order)?, RefundTransaction::of(Some(minor))).await?;
    Ok(())
}

fn of(story: &Story<'_>, order: &str) -> Result<TransactionId> {
    story.transactions.get(order).cloned().ok_or_else(|| impossible("order", order))
}

fn pay_with(story: &Story<'_>, with: &With) -> Result<PayWith> {
    match with {
        With::Card(number) => Ok(PayWith::Card {
            number: CardNumber::parse(number).map_err(|_| impossible("card number", number))?,
            expiry: Expiry::new(11, story.today.year().saturating_add(2))
                .ok_or_else(|| impossible("expiry", number))?,
            keyed: true,
            cvc: None,
        }),
        With::Token(token) => Ok(PayWith::Token((*token).to_owned())),
        With::Terminal => {
            let first = story.app.terminal_list(story.caller)?.into_iter().next();
            Ok(PayWith::Terminal { id: first.ok_or_else(|| impossible("terminal", "the first"))?.id })
        }
    }
}
