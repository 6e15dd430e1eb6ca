//! What a payment would cost: the merchant's fees looked up, the parts of an amount calculated. Nothing is written.

use super::transaction::OwnFees;
use super::transaction::pay_with::Resolved;
use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::customer::{CustomerFlag, CustomerRecord};
use crate::domain::fees::surcharge::CardFacts;
use crate::domain::fees::{Asked, Calculation, FeePolicy, Given, Tender, calculate, consumer_choice};
use crate::domain::id::{CustomerId, PaymentMethodId, ProcessorId};
use crate::domain::money::Money;
use crate::domain::payment_method::{MethodFlag, MethodType, PaymentMethod};
use crate::domain::transaction::adjustment::Adjustment;
use crate::domain::transaction::{Amounts, InstrumentFacts, TransactionType};
use crate::error::{Error, Result};
use crate::store;
use crate::store::value::address_from_json;

/// The card that will pay, as far as the caller knows it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AskedCard {
    /// First six digits, "" where they are not known.
    pub first_six: String,
    /// Country of the billing address, "" for the US.
    pub country: String,
    /// State of the billing address.
    pub state: String,
}

/// Which fees a payment would have. The amount is minor units of the company's currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookUpFees {
    /// Before fees.
    pub base_minor: i64,
    /// What pays.
    pub tender: Tender,
    /// The card.
    pub card: AskedCard,
    /// Who pays: stands in for what `card` does not say.
    pub customer_id: Option<CustomerId>,
    /// With which stored method; the customer's default where it is not given.
    pub payment_method_id: Option<PaymentMethodId>,
}

/// The fees of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fees {
    /// What each comes to.
    pub calculation: Calculation,
    /// The merchant's payment adjustment.
    pub payment_adjustment: Option<Adjustment>,
}

/// The amounts to calculate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CalculateAmounts {
    /// Who will move the money.
    pub processor_id: ProcessorId,
    /// The parts.
    pub asked: Asked,
    /// The card.
    pub card: AskedCard,
}

/// The amounts of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// The parts and the total.
    pub calculation: Calculation,
    /// The total by card and by bank account, where the merchant prices them differently.
    pub consumer_choice: Option<(Money, Money)>,
    /// The merchant's fees.
    pub policy: FeePolicy,
}

/// Who pays a charge.
pub(crate) struct Payer<'a> {
    /// Who will move the money.
    pub(crate) processor_id: &'a ProcessorId,
    /// What pays.
    pub(crate) resolved: &'a Resolved,
    /// JSON snapshot of the billing address.
    pub(crate) billing: &'a str,
}

impl App {
    /// The fees that a payment would have.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub fn fees_lookup(&self, caller: &Caller, command: LookUpFees) -> Result<Fees> {
        caller.may(Action::FeesView)?;
        let company = self.company()?;
        let base = Money::new(command.base_minor, company.currency)
            .map_err(|why| Error::invalid("base_amount", why.to_string()))?;
        let record = command.customer_id.as_ref().map(|id| self.fees_payer(id)).transpose()?;
        let (card, is_exempt) = match &record {
            Some(record) => known_card(record, command.payment_method_id.as_ref(), command.card)?,
            None => (command.card, false),
        };
        let processor = self.store().read(store::processor::fetch_default)?;
        let facts = self.card_facts(processor.map(|found| found.id).as_ref(), card, is_exempt);
        let policy = FeePolicy { default_tax: None, ..company.fees };
        let calculation = calculate(&Asked::of(base, command.tender), &policy, &facts)?;
        Ok(Fees { calculation, payment_adjustment: policy.payment_adjustment })
    }

    /// The amounts of a payment, part by part.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub fn amounts_calculate(&self, caller: &Caller, command: CalculateAmounts) -> Result<Quote> {
        caller.may(Action::FeesView)?;
        let CalculateAmounts { processor_id, asked, card } = command;
        let processor_id = self.processor_choose(Some(&processor_id))?;
        let policy = self.company()?.fees;
        let facts = self.card_facts(Some(&processor_id), card, false);
        let calculation = calculate(&asked, &policy, &facts)?;
        let consumer_choice = consumer_choice(&asked, &policy, &facts)?;
        Ok(Quote { calculation, consumer_choice, policy })
    }

    /// Makes `amounts` what its base comes to: with its tip, the fees that `own` names and the merchant's own for the
    /// rest, less a cash discount.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(crate) fn fees_add(
        &self,
        amounts: &mut Amounts,
        kind: TransactionType,
        own: OwnFees,
        payer: &Payer<'_>,
    ) -> Result<()> {
        let currency = amounts.base.currency();
        let flat = |worth: Money| Given { worth: Adjustment::Flat(worth), include: true };
        let surcharge = own.surcharge_minor.map(|minor| Money::new(minor, currency)).transpose()?;
        let tender = match payer.resolved.facts {
            InstrumentFacts::Ach { .. } => Tender::Ach,
            _ => Tender::Card,
        };
        let asked = Asked {
            takes_money: matches!(kind, TransactionType::Sale | TransactionType::Authorize),
            tip: Some(flat(amounts.tip)),
            payment_adjustment: own.adjustment.map(|worth| Given { worth, include: true }),
            surcharge: surcharge.map(flat),
            ..Asked::of(amounts.base, tender)
        };
        let policy = FeePolicy { default_tax: None, ..self.company()?.fees };
        let found = calculate(&asked, &policy, &self.fees_payer_facts(payer)?)?;
        amounts.amount = found.total;
        amounts.discount = amounts.discount.plus(found.discount.charged(currency))?;
        amounts.surcharge = found.surcharge.charged(currency);
        amounts.service_fee = found.service_fee.charged(currency);
        amounts.adjustment = found.payment_adjustment.charged(currency);
        Ok(())
    }

    fn fees_payer_facts(&self, payer: &Payer<'_>) -> Result<CardFacts> {
        let billing = address_from_json("txn", "billing_address_json", "", payer.billing)?;
        let first_six = match &payer.resolved.facts {
            InstrumentFacts::Card { first_six, .. } => first_six.clone(),
            _ => String::new(),
        };
        let card = AskedCard { first_six, country: billing.country, state: billing.state };
        let (card, is_exempt) = match &payer.resolved.customer_id {
            Some(id) => known_card(&self.fees_payer(id)?, payer.resolved.payment_method_id.as_ref(), card)?,
            None => (card, false),
        };
        Ok(self.card_facts(Some(payer.processor_id), card, is_exempt))
    }

    fn fees_payer(&self, id: &CustomerId) -> Result<CustomerRecord> {
        let found = self.store().read(|tx| store::customer::fetch_record(tx, id))?;
        found.ok_or_else(|| Error::invalid("customer_id", "no customer has this id"))
    }

    fn card_facts(&self, processor_id: Option<&ProcessorId>, card: AskedCard, is_exempt: bool) -> CardFacts {
        let AskedCard { first_six, country, state } = card;
        let processor = processor_id.and_then(|id| self.processors().get(id.as_str()));
        let funding = processor.and_then(|processor| processor.funding(&first_six));
        CardFacts { funding, country, state, is_exempt }
    }
}

/// What the customer's record adds to `asked`, and whether the merchant exempts the customer or the method.
fn known_card(
    record: &CustomerRecord,
    method_id: Option<&PaymentMethodId>,
    asked: AskedCard,
) -> Result<(AskedCard, bool)> {
    let method = match method_id {
        Some(id) => Some(
            record
                .method(id)
                .ok_or_else(|| Error::invalid("payment_id", "the customer has no payment method with this id"))?,
        ),
        None => record.default_method(),
    };
    let is_card = |method: &&PaymentMethod| method.method_type() == MethodType::Card;
    let stored = method.filter(is_card).map(|card| card.masked.chars().take(6).collect()).unwrap_or_default();
    let address = record.default_billing().map(|address| &address.postal);
    let or = |given: String, stored: Option<&String>| {
        if given.is_empty() { stored.cloned().unwrap_or_default() } else { given }
    };
    // A state that the caller names is one of the caller's country, which is the US where none is named.
    let names_state = !asked.state.is_empty();
    let card = AskedCard {
        first_six: or(asked.first_six, Some(&stored)),
        country: or(asked.country, address.map(|address| &address.country).filter(|_| !names_state)),
        state: or(asked.state, address.map(|address| &address.state)),
    };
    let is_exempt = record.customer.flags.contains(&CustomerFlag::SurchargeExempt)
        || method.is_some_and(|method| method.has(MethodFlag::SurchargeExempt));
    Ok((card, is_exempt))
}
