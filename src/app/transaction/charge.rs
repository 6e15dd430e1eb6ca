//! A sale, authorization, verification or credit that a caller asks for.

use zeroize::Zeroizing;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::fees::Payer;
use crate::app::idempotency::TTL_GATEWAY;
use crate::app::transaction::PayWith;
use crate::app::transaction::begin::{Begun, Charge, Order, begin_in};
use crate::app::transaction::keep::{Held, Keep, hold_in};
use crate::app::transaction::once::{Key, check_lengths, record_all_in, replayed_in};
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::cardholder_authentication::CardholderAuthentication;
use crate::domain::currency::Currency;
use crate::domain::id::{ProcessorId, TransactionId};
use crate::domain::money::Money;
use crate::domain::time::SECOND;
use crate::domain::transaction::adjustment::Adjustment;
use crate::domain::transaction::{Amounts, InstrumentFacts, Transaction, TransactionSource, TransactionType};
use crate::error::{Error, Result};
use crate::store;

/// What a request says of the fees that come on top of its base; what it does not say is the merchant's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OwnFees {
    /// In place of the merchant's payment adjustment.
    pub adjustment: Option<Adjustment>,
    /// In place of the merchant's surcharge.
    pub surcharge_minor: Option<i64>,
}

/// The wish to move money (seed gateway, "Process"). Amounts are minor units of `currency`.
pub struct ChargeTransaction {
    /// Sale, authorize, verification or credit.
    pub kind: TransactionType,
    /// The currency.
    pub currency: Currency,
    /// Everything included.
    pub amount_minor: i64,
    /// Before surcharge and fees, 0 where only `amount` was given.
    pub base_minor: i64,
    /// Tax in the amount.
    pub tax_minor: i64,
    /// Shipping in the amount.
    pub shipping_minor: i64,
    /// Discount already taken off.
    pub discount_minor: i64,
    /// Tip in the amount.
    pub tip_minor: i64,
    /// Surcharge in the amount.
    pub surcharge_minor: i64,
    /// Service fee in the amount.
    pub service_fee_minor: i64,
    /// What a payment adjustment adds, in the amount.
    pub adjustment_minor: i64,
    /// The amount is the base, the tip and the merchant's own fees: `amount_minor`, surcharge, service fee and
    /// adjustment above are not read.
    pub own_fees: Option<OwnFees>,
    /// Whom to use; the default where `None`.
    pub processor_id: Option<ProcessorId>,
    /// What pays.
    pub pay_with: PayWith,
    /// What an earlier 3-D Secure collected.
    pub authentication: Option<CardholderAuthentication>,
    /// What an approval makes of what pays.
    pub keep: Option<Keep>,
    /// Whether an approval is undone at once; `details_json` says so as well, for a later run of the program.
    pub void_on_success: bool,
    /// Whether an approval of less than the amount is welcome.
    pub allow_partial: bool,
    /// The merchant's order.
    pub order_id: String,
    /// The merchant's purchase order.
    pub po_number: String,
    /// Free text.
    pub description: String,
    /// The customer's address on the net.
    pub ip_address: String,
    /// JSON snapshot of the billing address given with the request.
    pub billing_address_json: Option<String>,
    /// Its postal code, for address verification.
    pub postal_code: Option<String>,
    /// JSON snapshot of the shipping address given with the request.
    pub shipping_address_json: Option<String>,
    /// JSON of request fields that only travel along; no secret.
    pub details_json: String,
    /// The gateway's `idempotency_key` and how long it counts, seconds.
    pub idempotency_key: Option<(String, Option<u32>)>,
    /// The decoded request in a fixed form: what a repeated key is compared with. May hold secrets.
    pub canonical: Zeroizing<Vec<u8>>,
}

impl ChargeTransaction {
    /// A charge of this amount and nothing else.
    pub fn of(kind: TransactionType, currency: Currency, amount_minor: i64, pay_with: PayWith) -> Self {
        Self {
            kind,
            currency,
            amount_minor,
            base_minor: 0,
            tax_minor: 0,
            shipping_minor: 0,
            discount_minor: 0,
            tip_minor: 0,
            surcharge_minor: 0,
            service_fee_minor: 0,
            adjustment_minor: 0,
            own_fees: None,
            processor_id: None,
            pay_with,
            authentication: None,
            keep: None,
            void_on_success: false,
            allow_partial: false,
            order_id: String::new(),
            po_number: String::new(),
            description: String::new(),
            ip_address: String::new(),
            billing_address_json: None,
            postal_code: None,
            shipping_address_json: None,
            details_json: "{}".to_owned(),
            idempotency_key: None,
            canonical: Zeroizing::default(),
        }
    }
}

enum Start {
    New(Box<Begun>),
    Replay(TransactionId),
}

impl App {
    /// Charges; the answer is the transaction, approved, declined or being confirmed. A repeated idempotency key
    /// answers with the transaction that it made.
    ///
    /// # Errors
    /// `Forbidden`, `Invalid` naming the field, `IdempotencyMismatch`; `Conflict` while the first request with the
    /// same key is still on its way.
    pub async fn transaction_charge(&self, caller: Caller, command: ChargeTransaction) -> Result<Transaction> {
        caller.may(action(command.kind)?)?;
        let keys = self.charge_keys(&caller, &command)?;
        let (keep, is_voided) = (command.keep.clone(), command.void_on_success);
        let prepared = self.charge_prepare(&caller, command).and_then(|(order, charging)| {
            let is_new = order.payment_method_id.is_none();
            let held = if is_new { self.hold_prepare(&caller, &charging, keep)? } else { None };
            Ok((order, charging, held))
        });
        let charged = match prepared {
            Ok((order, charging, held)) => self.charge_run(&caller, order, charging, held, keys).await?,
            Err(why) => return self.charge_repeated(&caller, keys, why).await,
        };
        if !is_voided {
            return Ok(charged);
        }
        self.void_wanted(&charged.id).await?;
        self.transaction_find(&caller, &charged.id)
    }

    /// What a repeated request made the first time, where it could not be made again: its token is used up. Else `why`.
    async fn charge_repeated(&self, caller: &Caller, keys: Vec<Key>, why: Error) -> Result<Transaction> {
        match self.store().write(move |tx| replayed_in(tx, &keys)).await? {
            Some(id) => self.replay(caller, &id),
            None => Err(why),
        }
    }

    /// The transaction that a command asks for and what its request needs. Writes nothing.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(crate) fn charge_prepare(&self, caller: &Caller, command: ChargeTransaction) -> Result<(Order, Charging)> {
        let processor_id = self.processor_choose_for(caller, command.processor_id.as_ref())?;
        let mut amounts = amounts(&command)?;
        let resolved = self.pay_with_resolve(command.pay_with)?;
        refuse_on_another_page(command.kind, &resolved.facts)?;
        let approved = resolved.approved.clone();
        let billing_address_json = or_empty(command.billing_address_json, resolved.billing_address_json.clone());
        if let Some(own) = command.own_fees {
            let payer = Payer { processor_id: &processor_id, resolved: &resolved, billing: &billing_address_json };
            self.fees_add(&mut amounts, command.kind, own, &payer)?;
        }
        if let Some(approved) = approved {
            approved.check(amounts.amount)?;
        }
        let postal_code = command.postal_code.or_else(|| resolved.postal_code.clone());
        let order = Order {
            charge: Charge::OfTransaction,
            kind: command.kind,
            source: TransactionSource::Api,
            amounts,
            processor_id,
            method: resolved.method.to_owned(),
            facts: Some(resolved.facts),
            fingerprint: resolved.fingerprint,
            customer_id: resolved.customer_id,
            payment_method_id: resolved.payment_method_id,
            subscription_id: None,
            invoice_id: None,
            referenced_id: None,
            terminal_id: resolved.terminal_id,
            token: resolved.token,
            order_id: command.order_id,
            po_number: command.po_number,
            description: command.description,
            ip_address: command.ip_address,
            billing_address_json,
            shipping_address_json: or_empty(command.shipping_address_json, resolved.shipping_address_json),
            details_json: command.details_json,
        };
        let charging = Charging {
            instrument: resolved.instrument,
            cvc: resolved.cvc,
            authentication: command.authentication,
            proof: resolved.proof,
            postal_code,
            allow_partial: command.allow_partial,
            of: None,
        };
        Ok((order, charging))
    }

    async fn charge_run(
        &self,
        caller: &Caller,
        order: Order,
        charging: Charging,
        held: Option<Held>,
        keys: Vec<Key>,
    ) -> Result<Transaction> {
        let install_id = self.company()?.install_id;
        let (by, token) = (caller.clone(), order.token);
        let start = self
            .store()
            .write(move |tx| {
                if let Some(id) = replayed_in(tx, &keys)? {
                    return Ok(Start::Replay(id));
                }
                let begun = begin_in(tx, &by, &install_id, order)?;
                record_all_in(tx, &keys, &begun.transaction.id)?;
                if let Some(held) = held {
                    hold_in(tx, &begun.transaction.id, held)?;
                }
                Ok(Start::New(Box::new(begun)))
            })
            .await?;
        self.security_code_forget(token.as_ref());
        match start {
            Start::New(begun) => Ok(self.attempt_send(caller.clone(), *begun, charging).await?.transaction),
            Start::Replay(id) => self.replay(caller, &id),
        }
    }

    fn charge_keys(&self, caller: &Caller, command: &ChargeTransaction) -> Result<Vec<Key>> {
        let mut keys = self.header_key(caller, &command.canonical)?;
        if let Some((key, seconds)) = &command.idempotency_key {
            let ttl_us = seconds.map_or(TTL_GATEWAY, |seconds| i64::from(seconds).saturating_mul(SECOND));
            let hash = self.command_hash(&command.canonical);
            keys.push(Key { scope: caller.idempotency_scope(), key: key.clone(), hash, ttl_us });
        }
        check_lengths(&keys)?;
        Ok(keys)
    }

    /// The processor to use: the one named, or the caller's own default, or the company's.
    ///
    /// # Errors
    /// `Invalid` as [`App::processor_choose`], also where the caller's default takes nothing any more: money must not
    /// go another way than they expect.
    fn processor_choose_for(&self, caller: &Caller, named: Option<&ProcessorId>) -> Result<ProcessorId> {
        let Some(user_id) = caller.user_id.as_ref().filter(|_| named.is_none()) else {
            return self.processor_choose(named);
        };
        let user = self.store().read(|tx| store::user::fetch(tx, user_id))?;
        let own = user.map(|user| user.settings.defaults.processor_id).filter(|id| !id.is_empty());
        let Some(own) = own.map(ProcessorId::from_stored) else { return self.processor_choose(None) };
        self.processor_choose(Some(&own)).map_err(|why| match why {
            Error::Invalid { field, .. } => Error::invalid(field, "is required: your default processor is not in use"),
            other => other,
        })
    }

    /// The processor to use: the one named, or the default.
    ///
    /// # Errors
    /// `Invalid` where the named one is unknown or disabled, or nothing is named and there is no default.
    pub(crate) fn processor_choose(&self, named: Option<&ProcessorId>) -> Result<ProcessorId> {
        let chosen = self.store().read(|tx| match named {
            Some(id) => store::processor::fetch(tx, id),
            None => store::processor::fetch_default(tx),
        })?;
        chosen.filter(|found| found.is_active).map(|found| found.id).ok_or_else(|| {
            let problem = if named.is_some() { "is not known" } else { "is required: there is no default processor" };
            Error::invalid("processor_id", problem)
        })
    }
}

/// The right that a charge of this kind needs.
pub(crate) fn action(kind: TransactionType) -> Result<Action> {
    match kind {
        TransactionType::Sale => Ok(Action::TransactionSale),
        TransactionType::Authorize => Ok(Action::TransactionAuthorize),
        TransactionType::Verification => Ok(Action::TransactionVerify),
        TransactionType::Credit => Ok(Action::TransactionCredit),
        TransactionType::Refund => Err(Error::invalid("type", "a refund belongs to its transaction")),
    }
}

/// Only money that is asked for brings a customer to another page.
fn refuse_on_another_page(kind: TransactionType, facts: &InstrumentFacts) -> Result<()> {
    match (kind, facts) {
        (TransactionType::Verification | TransactionType::Credit, InstrumentFacts::Apm(_)) => {
            Err(Error::invalid("type", "must be \"sale\" or \"authorize\" with payment_method.apm"))
        }
        _ => Ok(()),
    }
}

fn amounts(command: &ChargeTransaction) -> Result<Amounts> {
    let money = |field: &str, minor: i64| {
        if minor < 0 {
            return Err(Error::invalid(field, "must not be negative"));
        }
        Money::new(minor, command.currency).map_err(|why| Error::invalid(field, why.to_string()))
    };
    let amount = money("amount", command.amount_minor)?;
    let has_base = command.own_fees.is_some() && command.base_minor > 0;
    if amount.is_zero() && !has_base && command.kind != TransactionType::Verification {
        return Err(Error::invalid("amount", "must be more than zero"));
    }
    let mut amounts = Amounts::of(amount);
    amounts.base = money("base_amount", command.base_minor)?;
    amounts.tax = money("tax_amount", command.tax_minor)?;
    amounts.shipping = money("shipping_amount", command.shipping_minor)?;
    amounts.discount = money("discount_amount", command.discount_minor)?;
    amounts.tip = money("tip_amount", command.tip_minor)?;
    amounts.surcharge = money("surcharge", command.surcharge_minor)?;
    amounts.service_fee = money("amounts.included_amounts.service_fee", command.service_fee_minor)?;
    amounts.adjustment = money("payment_adjustment.value", command.adjustment_minor)?;
    Ok(amounts)
}

fn or_empty(given: Option<String>, stored: Option<String>) -> String {
    given.or(stored).unwrap_or_else(|| "{}".to_owned())
}
