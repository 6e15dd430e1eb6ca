//! The chart of accounts, and the single table "what happened → postings".
//!
//! Every cent of an invoice, payment, refund, tax, fee or prepaid balance gets its posting from here, in the
//! transaction of its document. Invoiced money is earned when the invoice is issued and moves from `Receivable` when
//! it is paid; a sale without an invoice is earned when it is captured.

use super::super::currency::Denomination;
use super::super::money::Money;
use super::{AccountName, Posting};

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $type {
            $(#[doc = $doc] $variant,)*
        }

        impl $type {
            /// The name in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads the name in the file.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

named! {
    /// Kinds of accounts.
    AccountKind {
        Receivable "receivable" "Asset: what a customer owes on invoices (owner: customer id, or \"\" where the invoice names none).";
        ProcessorClearing "processor_clearing" "Asset: captured money that the processor has not paid out (owner: processor id).";
        Bank "bank" "Asset: money paid out to the merchant.";
        Revenue "revenue" "Income: lines, add-ons, plain sales.";
        ShippingIncome "shipping_income" "Income: shipping and freight.";
        FeeIncome "fee_income" "Income: surcharges, service fees and payment adjustments.";
        Discounts "discounts" "Contra income: discounts given.";
        Refunds "refunds" "Contra income: money given back, and credits.";
        TaxPayable "tax_payable" "Liability: taxes collected for the state.";
        TipsPayable "tips_payable" "Liability: tips collected for staff.";
        CustomerBalance "customer_balance" "Liability: a customer's prepaid balance (owner: customer id); gated.";
        UnitsIssued "units_issued" "Counter account of prepaid units that are no currency.";
        Usage "usage" "Income, or units used: what prepaid balances were spent on.";
    }
}

named! {
    /// What happened.
    Fact {
        InvoiceLines "invoice_lines" "Lines of an issued invoice.";
        InvoiceDiscount "invoice_discount" "Discounts on an issued invoice.";
        InvoiceTax "invoice_tax" "Taxes on an issued invoice.";
        InvoiceShipping "invoice_shipping" "Shipping and freight on an issued invoice.";
        InvoiceFee "invoice_fee" "Payment adjustments on an issued invoice.";
        InvoiceReversed "invoice_reversed" "An open invoice was deleted, voided or rejected: its open rest is taken back.";
        InvoicePayment "invoice_payment" "A payment on an invoice was captured.";
        InvoiceMarkedPaid "invoice_marked_paid" "The merchant said that an invoice was paid outside.";
        SaleAuthorized "sale_authorized" "A card was authorized: reserved, not earned.";
        Sale "sale" "Money captured without an invoice.";
        SaleTax "sale_tax" "The tax in it.";
        SaleShipping "sale_shipping" "The shipping in it.";
        SaleTip "sale_tip" "The tip in it.";
        SaleFee "sale_fee" "The surcharge and the service fee in it.";
        SaleAdjustment "sale_adjustment" "The payment adjustment in it.";
        SaleReduced "sale_reduced" "A part of a captured sale became less before it settled: a tip was corrected.";
        Voided "voided" "A captured transaction was voided before settlement.";
        Refund "refund" "Money was given back.";
        Credit "credit" "Money was given without an earlier sale.";
        Settled "settled" "The processor paid out what it held.";
        SettledCredit "settled_credit" "The processor took refunds and credits from the bank account.";
        Returned "returned" "A bank debit came back after it had settled.";
        BalanceCredit "balance_credit" "A prepaid balance was topped up.";
        BalanceDebit "balance_debit" "Units of a prepaid balance lapsed, or paid for units of another.";
        UsageTaken "usage_taken" "A usage event took units of a prepaid balance.";
        UsageGiven "usage_given" "A usage event gave units to a prepaid balance.";
    }
}

impl AccountKind {
    /// Whether accounts of this kind refuse to fall below zero (less their credit limit).
    pub fn is_gated(self) -> bool {
        matches!(self, Self::CustomerBalance)
    }
}

/// The parts of an issued invoice, each zero or more, all of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvoiceParts {
    /// Lines before discount, tax, shipping.
    pub lines: Money,
    /// Discounts, as a positive amount.
    pub discount: Money,
    /// All taxes.
    pub tax: Money,
    /// Shipping and freight.
    pub shipping: Money,
    /// Payment adjustments that add to the total.
    pub fee: Money,
}

/// An invoice was issued to `customer` ("" for none).
pub fn invoice_issued(customer: &str, parts: &InvoiceParts) -> Vec<Posting> {
    let currency = parts.lines.currency();
    let receivable = account(AccountKind::Receivable, customer, currency);
    let own = |kind| account(kind, "", currency);
    postings([
        (Fact::InvoiceLines, receivable.clone(), own(AccountKind::Revenue), parts.lines),
        (Fact::InvoiceDiscount, own(AccountKind::Discounts), receivable.clone(), parts.discount),
        (Fact::InvoiceTax, receivable.clone(), own(AccountKind::TaxPayable), parts.tax),
        (Fact::InvoiceShipping, receivable.clone(), own(AccountKind::ShippingIncome), parts.shipping),
        (Fact::InvoiceFee, receivable, own(AccountKind::FeeIncome), parts.fee),
    ])
}

/// An invoice that was posted with the parts `before` now has the parts `after`: what became less is taken back, what
/// became more is posted like new.
///
/// # Errors
/// Parts of different currencies.
pub fn invoice_changed(
    customer: &str,
    before: &InvoiceParts,
    after: &InvoiceParts,
) -> Result<Vec<Posting>, super::super::money::MoneyError> {
    let grown = |after: Money, before: Money| after.minus(before).map(Money::floor_at_zero);
    let difference = |after: &InvoiceParts, before: &InvoiceParts| {
        Ok(InvoiceParts {
            lines: grown(after.lines, before.lines)?,
            discount: grown(after.discount, before.discount)?,
            tax: grown(after.tax, before.tax)?,
            shipping: grown(after.shipping, before.shipping)?,
            fee: grown(after.fee, before.fee)?,
        })
    };
    let mut rows = invoice_issued(customer, &difference(after, before)?);
    let taken_back = invoice_issued(customer, &difference(before, after)?);
    rows.extend(taken_back.into_iter().map(|row| Posting {
        fact: Fact::InvoiceReversed,
        debit: row.credit,
        credit: row.debit,
        amount: row.amount,
    }));
    Ok(rows)
}

/// The open rest of an invoice was taken back (deleted, voided, rejected, changed before payment).
pub fn invoice_reversed(customer: &str, open: Money) -> Vec<Posting> {
    let currency = open.currency();
    postings([(
        Fact::InvoiceReversed,
        account(AccountKind::Revenue, "", currency),
        account(AccountKind::Receivable, customer, currency),
        open,
    )])
}

/// A payment of `amount` on an invoice of `customer` was captured at `processor`; a tip on top goes to the staff.
pub fn invoice_paid(customer: &str, processor: &str, amount: Money, tip: Money) -> Vec<Posting> {
    let clearing = account(AccountKind::ProcessorClearing, processor, amount.currency());
    postings([
        (Fact::InvoicePayment, clearing.clone(), account(AccountKind::Receivable, customer, amount.currency()), amount),
        (Fact::SaleTip, clearing, account(AccountKind::TipsPayable, "", tip.currency()), tip),
    ])
}

/// The merchant marked `amount` of an invoice as paid outside.
pub fn invoice_marked_paid(customer: &str, amount: Money) -> Vec<Posting> {
    postings([(
        Fact::InvoiceMarkedPaid,
        account(AccountKind::Bank, "", amount.currency()),
        account(AccountKind::Receivable, customer, amount.currency()),
        amount,
    )])
}

/// The parts of a captured sale, each zero or more; `total` is what the card was charged.
#[derive(Clone, Copy, Debug)]
pub struct SaleParts {
    /// What the card was charged.
    pub total: Money,
    /// Tax in it.
    pub tax: Money,
    /// Shipping in it.
    pub shipping: Money,
    /// Tip in it.
    pub tip: Money,
    /// Surcharge and service fee in it.
    pub fee: Money,
    /// Payment adjustment in it.
    pub adjustment: Money,
}

/// Money was captured without an invoice. Parts that exceed the total are cut in the order tax, shipping, tip, fee,
/// adjustment.
pub fn sale_captured(processor: &str, parts: &SaleParts) -> Vec<Posting> {
    let currency = parts.total.currency();
    let clearing = account(AccountKind::ProcessorClearing, processor, currency);
    let own = |kind| account(kind, "", currency);
    let mut left = parts.total;
    let mut rows = Vec::new();
    for (fact, kind, part) in [
        (Fact::SaleTax, AccountKind::TaxPayable, parts.tax),
        (Fact::SaleShipping, AccountKind::ShippingIncome, parts.shipping),
        (Fact::SaleTip, AccountKind::TipsPayable, parts.tip),
        (Fact::SaleFee, AccountKind::FeeIncome, parts.fee),
        (Fact::SaleAdjustment, AccountKind::FeeIncome, parts.adjustment),
    ] {
        let cut = if part.minor() > left.minor() { left } else { part };
        left = left.minus(cut).unwrap_or(left);
        rows.push((fact, clearing.clone(), own(kind), cut));
    }
    rows.insert(0, (Fact::Sale, clearing, own(AccountKind::Revenue), left));
    postings(rows)
}

/// A captured sale that was posted with the parts `before` now has the parts `after`: what became more is posted like
/// new, what became less is taken back.
pub fn sale_changed(processor: &str, before: &SaleParts, after: &SaleParts) -> Vec<Posting> {
    let (before, after) = (sale_captured(processor, before), sale_captured(processor, after));
    let amount_in = |rows: &[Posting], fact: Fact| rows.iter().find(|row| row.fact == fact).map_or(0, |row| row.amount);
    let grown = after.iter().map(|row| (row.amount.saturating_sub(amount_in(&before, row.fact)), row.clone()));
    let shrunk = before.iter().map(|row| {
        let reduced = row.clone();
        let taken_back =
            Posting { fact: Fact::SaleReduced, debit: reduced.credit, credit: reduced.debit, amount: row.amount };
        (row.amount.saturating_sub(amount_in(&after, row.fact)), taken_back)
    });
    let differences = grown.chain(shrunk).filter(|(difference, _)| *difference > 0);
    differences.map(|(amount, row)| Posting { amount, ..row }).collect()
}

/// A refund (or credit) of `amount` was accepted by `processor`.
pub fn refunded(fact: Fact, processor: &str, amount: Money) -> Vec<Posting> {
    postings([(
        fact,
        account(AccountKind::Refunds, "", amount.currency()),
        account(AccountKind::ProcessorClearing, processor, amount.currency()),
        amount,
    )])
}

/// The processor settled `captured` and `credits` (refunds and credits) at a cut-off.
pub fn settled(processor: &str, captured: Money, credits: Money) -> Vec<Posting> {
    let clearing = account(AccountKind::ProcessorClearing, processor, captured.currency());
    let bank = account(AccountKind::Bank, "", captured.currency());
    postings([
        (Fact::Settled, bank.clone(), clearing.clone(), captured),
        (Fact::SettledCredit, clearing, bank, credits),
    ])
}

/// A settled bank debit of `amount` came back: owed again on its invoice, or given back where there is none.
pub fn returned(invoice_customer: Option<&str>, amount: Money) -> Vec<Posting> {
    let currency = amount.currency();
    let owed = match invoice_customer {
        Some(customer) => account(AccountKind::Receivable, customer, currency),
        None => account(AccountKind::Refunds, "", currency),
    };
    postings([(Fact::Returned, owed, account(AccountKind::Bank, "", currency), amount)])
}

/// A prepaid balance of `customer` got `amount` units: bought, granted, refilled. Money that was paid for them is posted
/// with its own charge.
pub fn balance_credited(customer: &str, denomination: &Denomination, amount: i64) -> Posting {
    Posting {
        fact: Fact::BalanceCredit,
        debit: company_account(AccountKind::UnitsIssued, denomination),
        credit: balance_account(customer, denomination),
        amount,
    }
}

/// `amount` units of a prepaid balance of `customer` lapsed or were taken back, or paid for units of another.
pub fn balance_debited(customer: &str, denomination: &Denomination, amount: i64) -> Posting {
    Posting {
        fact: Fact::BalanceDebit,
        debit: balance_account(customer, denomination),
        credit: company_account(AccountKind::UnitsIssued, denomination),
        amount,
    }
}

/// A usage event takes `amount` units of a prepaid balance of `customer`; below zero it gives. One posting, none for
/// nothing, two where it gives more than one posting can say.
pub fn balance_used(customer: &str, denomination: &Denomination, amount: i64) -> Vec<Posting> {
    let (balance, usage) = (balance_account(customer, denomination), company_account(AccountKind::Usage, denomination));
    let row = |fact, (debit, credit): (&AccountName, &AccountName), amount| Posting {
        fact,
        debit: debit.clone(),
        credit: credit.clone(),
        amount,
    };
    let given = || (&usage, &balance);
    match (amount, amount.checked_neg()) {
        (0, _) => Vec::new(),
        (1.., _) => vec![row(Fact::UsageTaken, (&balance, &usage), amount)],
        (_, Some(gives)) => vec![row(Fact::UsageGiven, given(), gives)],
        (_, None) => vec![row(Fact::UsageGiven, given(), i64::MAX), row(Fact::UsageGiven, given(), 1)],
    }
}

/// The account of a customer's prepaid balance.
pub fn balance_account(customer: &str, denomination: &Denomination) -> AccountName {
    AccountName { kind: AccountKind::CustomerBalance, owner: customer.to_owned(), denomination: denomination.clone() }
}

fn company_account(kind: AccountKind, denomination: &Denomination) -> AccountName {
    AccountName { kind, owner: String::new(), denomination: denomination.clone() }
}

fn account(kind: AccountKind, owner: &str, currency: super::super::currency::Currency) -> AccountName {
    AccountName { kind, owner: owner.to_owned(), denomination: currency.into() }
}

/// Drops the rows of nothing.
fn postings(rows: impl IntoIterator<Item = (Fact, AccountName, AccountName, Money)>) -> Vec<Posting> {
    rows.into_iter()
        .filter(|row| row.3.is_positive())
        .map(|(fact, debit, credit, amount)| Posting { fact, debit, credit, amount: amount.minor() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("in range")
    }

    fn effect(rows: &[Posting], kind: AccountKind) -> i64 {
        rows.iter()
            .map(|row| {
                (if row.debit.kind == kind { row.amount } else { 0 })
                    - (if row.credit.kind == kind { row.amount } else { 0 })
            })
            .sum()
    }

    #[test]
    fn an_invoice_owes_exactly_its_total() {
        let parts =
            InvoiceParts { lines: usd(10_000), discount: usd(500), tax: usd(831), shipping: usd(700), fee: usd(25) };
        let rows = invoice_issued("cust", &parts);
        assert_eq!(effect(&rows, AccountKind::Receivable), 10_000 - 500 + 831 + 700 + 25);
        let paid = invoice_paid("cust", "sim", usd(11_056), usd(0));
        assert_eq!(effect(&rows, AccountKind::Receivable) + effect(&paid, AccountKind::Receivable), 0);
        assert_eq!(effect(&paid, AccountKind::ProcessorClearing), 11_056);
        assert_eq!(paid.len(), 1, "nothing is posted for a tip of nothing");
    }

    #[test]
    fn a_sale_is_cut_to_its_total() {
        let rows = sale_captured(
            "sim",
            &SaleParts {
                total: usd(100),
                tax: usd(80),
                shipping: usd(30),
                tip: usd(5),
                fee: usd(5),
                adjustment: usd(1),
            },
        );
        assert_eq!(effect(&rows, AccountKind::ProcessorClearing), 100);
        assert_eq!(effect(&rows, AccountKind::TaxPayable), -80);
        assert_eq!(effect(&rows, AccountKind::ShippingIncome), -20);
        assert_eq!(effect(&rows, AccountKind::Revenue), 0);
    }

    #[test]
    fn a_changed_sale_posts_its_difference() {
        let of = |total: i64, tip: i64| SaleParts {
            total: usd(total),
            tax: usd(80),
            shipping: usd(0),
            tip: usd(tip),
            fee: usd(0),
            adjustment: usd(0),
        };
        for (before, after) in
            [((100, 5), (110, 15)), ((110, 15), (95, 0)), ((100, 50), (120, 70)), ((100, 5), (100, 5))]
        {
            let (before, after) = (of(before.0, before.1), of(after.0, after.1));
            let mut rows = sale_captured("sim", &before);
            let posted = rows.len();
            rows.extend(sale_changed("sim", &before, &after));
            let wanted = sale_captured("sim", &after);
            for kind in [
                AccountKind::ProcessorClearing,
                AccountKind::TipsPayable,
                AccountKind::TaxPayable,
                AccountKind::Revenue,
            ] {
                assert_eq!(effect(&rows, kind), effect(&wanted, kind), "{kind:?} of {after:?}");
            }
            assert!(rows.len() <= posted + 1, "only the tip is posted: {rows:?}");
        }
    }

    #[test]
    fn an_event_takes_what_it_costs() {
        let unit = Denomination::parse("sms").expect("a denomination");
        for (amount, postings) in [(0, 0), (5, 1), (i64::MAX, 1), (-5, 1), (-i64::MAX, 1), (i64::MIN, 2)] {
            let rows = balance_used("cust", &unit, amount);
            let taken: i128 = rows
                .iter()
                .map(|row| if row.debit.kind == AccountKind::CustomerBalance { 1 } else { -1 } * i128::from(row.amount))
                .sum();
            assert_eq!((rows.len(), taken), (postings, amount.into()));
        }
    }

    #[test]
    fn names_survive_the_file() {
        for kind in [AccountKind::Receivable, AccountKind::Bank, AccountKind::CustomerBalance, AccountKind::Usage] {
            assert_eq!(AccountKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Fact::parse("settled"), Some(Fact::Settled));
        assert_eq!(Fact::parse("unheard_of"), None);
    }
}
