//! The amounts of one payment: what each part comes to, which parts are charged, and the total.
//!
//! Shares are of the amount less the discounts that count; a surcharge is a share of everything else that is charged.
//! `total` is always `amount` − discount + every included part + `additional_total`.

use super::line::{Line, PricedLine, price_lines};
use super::policy::FeePolicy;
use super::surcharge::{CardFacts, Limit};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::transaction::adjustment::Adjustment;
use crate::error::{Error, Result};

/// What pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tender {
    /// A card.
    Card,
    /// A bank account.
    Ach,
}

/// An extra that a request names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Given {
    /// How much.
    pub worth: Adjustment,
    /// Whether it is added to the total.
    pub include: bool,
}

/// Switches of a request (seed gateway, "Amount calculation").
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// No cash discount.
    pub skip_cash_discount: bool,
    /// No surcharge, not even a given one.
    pub skip_surcharge: bool,
    /// No service fee, not even a given one.
    pub skip_service_fee: bool,
    /// No comparison of card and bank account.
    pub skip_consumer_choice: bool,
    /// Whether the default tax is charged; it is where nothing is said.
    pub include_default_tax: Option<bool>,
    /// All taxes are nothing.
    pub tax_exempt: bool,
    /// True charges every tax; false leaves the taxes of lines out.
    pub add_tax: Option<bool>,
}

/// What is to be calculated. Amounts are of one currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The currency.
    pub currency: Currency,
    /// What will pay.
    pub tender: Tender,
    /// Whether money is taken: only then does the merchant's own policy add fees and discounts.
    pub takes_money: bool,
    /// The goods, for display; read where there are no lines.
    pub subtotal: Money,
    /// What the parts are of; read where there are no lines.
    pub amount: Money,
    /// The goods line by line.
    pub lines: Vec<Line>,
    /// Without a name of its own.
    pub payment_adjustment: Option<Given>,
    /// Shipping.
    pub shipping: Option<Given>,
    /// Add-ons.
    pub addons: Vec<Given>,
    /// Discounts.
    pub discounts: Vec<Given>,
    /// Duty.
    pub duty: Option<Given>,
    /// Tip.
    pub tip: Option<Given>,
    /// Anything else.
    pub additional: Vec<Given>,
    /// Tax, in place of the default.
    pub tax: Option<Given>,
    /// National tax.
    pub national_tax: Option<Given>,
    /// Local tax.
    pub local_tax: Option<Given>,
    /// Service fee, in place of the merchant's.
    pub service_fee: Option<Given>,
    /// Surcharge, in place of the merchant's: whoever gives one answers for it.
    pub surcharge: Option<Given>,
    /// Switches.
    pub flags: Flags,
}

/// A part: what it comes to, and what of it is in the total; `None` where there is no such part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// What it comes to.
    pub worth: Option<Money>,
    /// What is charged.
    pub included: Option<Money>,
}

/// What a payment comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calculation {
    /// The lines, in the order given.
    pub lines: Vec<PricedLine>,
    /// The goods before their discounts.
    pub subtotal: Money,
    /// What the parts are of: the goods less their own discounts, with their freight.
    pub amount: Money,
    /// Freight of the lines, in the amount already.
    pub freight: Option<Money>,
    /// Shipping.
    pub shipping: Part,
    /// Discounts, the cash discount among them; taken off.
    pub discount: Part,
    /// Add-ons.
    pub addon: Part,
    /// Duty.
    pub duty: Part,
    /// Tip.
    pub tip: Part,
    /// Anything else.
    pub additional: Part,
    /// Payment adjustment.
    pub payment_adjustment: Part,
    /// Tax.
    pub tax: Part,
    /// National tax.
    pub national_tax: Part,
    /// Local tax.
    pub local_tax: Part,
    /// Service fee.
    pub service_fee: Part,
    /// Surcharge.
    pub surcharge: Part,
    /// Included parts without a name of their own in the answer: add-ons, anything else, payment adjustment.
    pub additional_total: Money,
    /// What is charged.
    pub total: Money,
}

impl Asked {
    /// `amount` alone, paid by `tender`.
    pub fn of(amount: Money, tender: Tender) -> Self {
        Self {
            currency: amount.currency(),
            tender,
            takes_money: true,
            subtotal: amount,
            amount,
            lines: Vec::new(),
            payment_adjustment: None,
            shipping: None,
            addons: Vec::new(),
            discounts: Vec::new(),
            duty: None,
            tip: None,
            additional: Vec::new(),
            tax: None,
            national_tax: None,
            local_tax: None,
            service_fee: None,
            surcharge: None,
            flags: Flags::default(),
        }
    }
}

impl Part {
    fn given(given: Option<Given>, base: Money) -> Result<Self> {
        given.map_or(Ok(Self::default()), |given| Ok(Self::of(given.worth.on(base)?, given.include)))
    }

    fn of(worth: Money, is_included: bool) -> Self {
        Self { worth: Some(worth), included: is_included.then_some(worth) }
    }

    fn sum(given: &[Given], base: Money) -> Result<Self> {
        given.iter().try_fold(Self::default(), |sum, given| sum.and(Self::given(Some(*given), base)?))
    }

    fn and(self, other: Self) -> Result<Self> {
        let both = |a: Option<Money>, b: Option<Money>| match (a, b) {
            (Some(a), Some(b)) => a.plus(b).map(Some),
            (one, other) => Ok(one.or(other)),
        };
        Ok(Self { worth: both(self.worth, other.worth)?, included: both(self.included, other.included)? })
    }

    /// What is charged, nothing where it is not.
    pub fn charged(self, currency: Currency) -> Money {
        self.included.unwrap_or_else(|| Money::zero(currency))
    }
}

/// Calculates a payment under the merchant's `policy`.
///
/// # Errors
/// `Invalid` naming the field: discounts above the amount, a flat fee of another currency, out of range.
pub fn calculate(asked: &Asked, policy: &FeePolicy, card: &CardFacts) -> Result<Calculation> {
    let currency = asked.currency;
    if let Some(foreign) = policy.foreign(currency) {
        return Err(Error::invalid("currency", format!("must be {foreign}: the merchant has flat fees in it")));
    }
    let goods = Goods::of(asked)?;
    let discount = discounts(asked, policy, goods.amount)?;
    let net = goods.amount.minus(discount.charged(currency))?;
    if net.minor() < 0 {
        return Err(Error::invalid("discount_amount", "takes more off than the amount"));
    }
    let own =
        |worth: Option<Adjustment>| worth.filter(|_| asked.takes_money).map(|worth| Given { worth, include: true });
    let [tax, national_tax, local_tax] = taxes(asked, policy, &goods, net)?;
    let service_fee = asked.service_fee.or(own(policy.service_fee)).filter(|_| !asked.flags.skip_service_fee);
    let mut calculation = Calculation {
        subtotal: goods.subtotal,
        amount: goods.amount,
        freight: goods.freight,
        shipping: Part::given(asked.shipping, net)?,
        discount,
        addon: Part::sum(&asked.addons, net)?,
        duty: Part::given(asked.duty, net)?,
        tip: Part::given(asked.tip, net)?,
        additional: Part::sum(&asked.additional, net)?,
        payment_adjustment: Part::given(asked.payment_adjustment.or(own(policy.payment_adjustment)), net)?,
        tax,
        national_tax,
        local_tax,
        service_fee: Part::given(service_fee, net)?,
        surcharge: Part::default(),
        additional_total: Money::zero(currency),
        total: net,
        lines: goods.lines,
    };
    calculation.add_up(currency)?;
    calculation.surcharge = surcharge(asked, policy, card, calculation.total)?;
    calculation.total = calculation.total.plus(calculation.surcharge.charged(currency))?;
    Ok(calculation)
}

/// The total by card and by bank account, where the merchant prices them differently.
///
/// # Errors
/// As [`calculate`].
pub fn consumer_choice(asked: &Asked, policy: &FeePolicy, card: &CardFacts) -> Result<Option<(Money, Money)>> {
    let discounts = policy.cash_discount.is_some() && !asked.flags.skip_cash_discount;
    if asked.flags.skip_consumer_choice || !discounts || !asked.takes_money {
        return Ok(None);
    }
    let total = |tender| calculate(&Asked { tender, ..asked.clone() }, policy, card).map(|found| found.total);
    Ok(Some((total(Tender::Card)?, total(Tender::Ach)?)))
}

impl Calculation {
    fn add_up(&mut self, currency: Currency) -> Result<()> {
        let nameless = [self.addon, self.additional, self.payment_adjustment];
        let named = [self.shipping, self.duty, self.tip, self.tax, self.national_tax, self.local_tax, self.service_fee];
        let sum = |parts: &[Part]| Money::sum(currency, parts.iter().map(|part| part.charged(currency)));
        self.additional_total = sum(&nameless)?;
        self.total = self.total.plus(sum(&named)?)?.plus(self.additional_total)?;
        Ok(())
    }
}

/// The goods put together.
struct Goods {
    lines: Vec<PricedLine>,
    subtotal: Money,
    amount: Money,
    freight: Option<Money>,
}

impl Goods {
    fn of(asked: &Asked) -> Result<Self> {
        let lines = price_lines(asked.currency, &asked.lines)?;
        if lines.is_empty() {
            return Ok(Self { lines, subtotal: asked.subtotal, amount: asked.amount, freight: None });
        }
        let sum = |of: fn(&PricedLine) -> Money| Money::sum(asked.currency, due(&lines).map(of));
        let (subtotal, amount, freight) =
            (sum(|line| line.gross)?, sum(|line| line.amount)?, sum(|line| line.freight)?);
        if amount.minor() < 0 {
            return Err(Error::invalid("line_items", "take more off than they are worth"));
        }
        Ok(Self { subtotal, amount, freight: freight.is_positive().then_some(freight), lines })
    }
}

fn due(lines: &[PricedLine]) -> impl Iterator<Item = &PricedLine> {
    lines.iter().filter(|line| line.is_due)
}

/// Those of the request, and the merchant's for not paying by card.
fn discounts(asked: &Asked, policy: &FeePolicy, amount: Money) -> Result<Part> {
    let given = Part::sum(&asked.discounts, amount)?;
    let applies = asked.tender == Tender::Ach && asked.takes_money && !asked.flags.skip_cash_discount;
    match policy.cash_discount.filter(|_| applies) {
        // A flat discount does not make a small payment negative.
        Some(worth) => {
            let worth = worth.on(amount)?;
            let most = amount.minus(given.charged(asked.currency))?.floor_at_zero();
            given.and(Part::of(if worth.minor() > most.minor() { most } else { worth }, true))
        }
        None => Ok(given),
    }
}

/// Tax, national tax, local tax: given ones, else those of the lines, else the merchant's default.
fn taxes(asked: &Asked, policy: &FeePolicy, goods: &Goods, net: Money) -> Result<[Part; 3]> {
    let flags = &asked.flags;
    let zero = Money::zero(asked.currency);
    if flags.tax_exempt {
        return Ok([Part::of(zero, true); 3]);
    }
    let of_lines = |of: fn(&PricedLine) -> Money| -> Result<Option<Part>> {
        let sum = Money::sum(asked.currency, due(&goods.lines).map(of))?;
        Ok(sum.is_positive().then(|| Part::of(sum, flags.add_tax != Some(false))))
    };
    let lines = [of_lines(|line| line.tax)?, of_lines(|line| line.national_tax)?, of_lines(|line| line.local_tax)?];
    let given = [asked.tax, asked.national_tax, asked.local_tax];
    let is_overridden = given.iter().any(Option::is_some) || lines.iter().any(Option::is_some);
    let mut parts = [Part::default(); 3];
    for (part, (given, of_lines)) in parts.iter_mut().zip(given.into_iter().zip(lines)) {
        *part = match given {
            Some(given) => Part::of(given.worth.on(net)?, given.include || flags.add_tax == Some(true)),
            None => of_lines.unwrap_or_default(),
        };
    }
    if let (Some(default), false, [tax, ..]) = (policy.default_tax, is_overridden, &mut parts) {
        let is_included = flags.add_tax == Some(true) || flags.include_default_tax != Some(false);
        *tax = Part::of(default.on(taxed_by_default(asked, goods, net)?)?, is_included);
    }
    Ok(parts)
}

/// Everything where there are no lines, else the taxable ones.
fn taxed_by_default(asked: &Asked, goods: &Goods, net: Money) -> Result<Money> {
    if goods.lines.is_empty() {
        return Ok(net);
    }
    let taxable = due(&goods.lines).filter(|line| line.takes_default_tax);
    let parts = taxable.map(|line| line.amount.minus(line.freight)).collect::<Result<Vec<_>, _>>()?;
    let sum = Money::sum(asked.currency, parts)?.floor_at_zero();
    Ok(if sum.minor() > net.minor() { net } else { sum })
}

fn surcharge(asked: &Asked, policy: &FeePolicy, card: &CardFacts, rest: Money) -> Result<Part> {
    if asked.flags.skip_surcharge {
        return Ok(Part::default());
    }
    if let Some(given) = asked.surcharge {
        return Part::given(Some(given), rest);
    }
    let applies = asked.takes_money && asked.tender == Tender::Card;
    let Some(worth) = policy.surcharge.filter(|_| applies) else { return Ok(Part::default()) };
    let worth = worth.on(rest)?;
    match card.surcharge_limit() {
        Limit::Forbidden => Ok(Part::default()),
        Limit::Open => Ok(Part::of(worth, true)),
        Limit::AtMost(rate) => {
            let most = rate.of(rest)?;
            Ok(Part::of(if worth.minor() > most.minor() { most } else { worth }, true))
        }
    }
}

#[cfg(test)]
#[path = "calculate_tests.rs"]
mod tests;
