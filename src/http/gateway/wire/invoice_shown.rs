//! `/api/invoice`: invoices as answers show them; key by key the seed's example, and what requests may bring besides.

use serde::Serialize;
use utoipa::ToSchema;

use super::invoice_address::InvoiceAddress;
use crate::domain::id::{CompanyId, CustomerId};
use crate::domain::invoice::{Invoice, InvoiceLine, InvoiceTerms, InvoiceTotals, LineDetails};
use crate::domain::rate::Rate;

/// What stands for "never" (seed gateway, `last_sent_at`).
const NEVER: &str = "0001-01-01T00:00:00Z";

/// An invoice.
#[derive(Serialize, ToSchema)]
pub struct ShownInvoice {
    /// Its id.
    #[schema(max_length = 40, example = "5vTz8bWc0Ab3XyZ1")]
    pub id: String,
    /// Whose it is.
    #[schema(max_length = 40, example = "5vTz8bWc0Ab3XyZ0")]
    pub merchant_id: String,
    /// ISO 4217.
    #[schema(max_length = 3, example = "USD")]
    pub currency: String,
    /// Shown instead of the company's name, "" for that.
    #[schema(max_length = 255, example = "ACME Inc.")]
    pub company_name: String,
    /// Shown instead of the company's logo, "" for that.
    #[schema(max_length = 2048, example = "")]
    pub company_logo_url: String,
    /// The stored customer, "" for none.
    #[schema(max_length = 40, example = "")]
    pub customer_id: String,
    /// Your own number of the customer.
    #[schema(max_length = 255, example = "123Customer")]
    pub customer_number: String,
    /// Your own number of the invoice.
    #[schema(max_length = 255, example = "2026-0017")]
    pub invoice_number: String,
    /// Who is paid.
    pub payable_to: InvoiceAddress,
    /// Who owes.
    pub bill_to: InvoiceAddress,
    /// When it was made.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub created_at: String,
    /// When it is due.
    #[schema(max_length = 40, example = "2026-12-13T06:00:00Z")]
    pub date_due: String,
    /// Its items.
    #[schema(max_items = 500)]
    pub items: Vec<ShownItem>,
    /// As given.
    #[schema(example = false)]
    pub advanced_fields: bool,
    /// Whether tax is taken on the invoice instead of its items.
    #[schema(example = false)]
    pub enable_tax: bool,
    /// Whether `shipping` counts.
    #[schema(example = false)]
    pub enable_shipping: bool,
    /// Whether payers give a shipping address.
    #[schema(example = false)]
    pub require_shipping_details: bool,
    /// Whether payers give a billing address.
    #[schema(example = false)]
    pub require_billing_details_on_payment_only: bool,
    /// Items less their discounts, with their freight, without taxes.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub subtotal: i64,
    /// The rate of `tax`.
    #[schema(max_length = 8, example = "0.000")]
    pub tax_percent: String,
    /// All taxes.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax: i64,
    /// Of the whole invoice.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub shipping: i64,
    /// `subtotal` + `tax` + `shipping` + `adjustment`.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub total: i64,
    /// Paid so far.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub amount_paid: i64,
    /// As given.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub service_fees_paid: i64,
    /// As given.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub surcharge_paid: i64,
    /// As given.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub discount_credited: i64,
    /// Added to the total, or taken off.
    #[schema(minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 0)]
    pub adjustment: i64,
    /// What remains to be paid.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount_due: i64,
    /// Whether less than what is due may be paid.
    #[schema(example = false)]
    pub allow_partial_payment: bool,
    /// How it is paid.
    pub settings: ShownSettings,
    /// "none", "optional" or "required".
    #[schema(pattern = "^(none|optional|required)$", example = "none")]
    pub save_customer_vault: String,
    /// "sale" or "authorize".
    #[schema(pattern = "^(sale|authorize)$", example = "sale")]
    pub transaction_type: String,
    /// The ways to pay that are open.
    #[schema(max_items = 3, example = json!(["card"]), value_type = Vec<PaymentWay>)]
    pub payment_methods: Vec<String>,
    /// "" for the default one.
    #[schema(max_length = 255, example = "")]
    pub card_processor_id: String,
    /// "" for the default one.
    #[schema(max_length = 255, example = "")]
    pub ach_processor_id: String,
    /// "pending", "partially_paid", "paid", "authorized", "paying_via_mail", "declined", "failed", "past_due",
    /// "rejected" or "void".
    #[schema(max_length = 20, example = "pending")]
    pub status: String,
    /// For customers.
    #[schema(max_length = 4096, example = "Thank you for your business!")]
    pub message: String,
    /// Why the customer rejected it, or some of its items.
    #[schema(max_length = 1024, example = "")]
    pub reject_message: String,
    /// "email", "text", "both" or "none".
    #[schema(pattern = "^(email|text|both|none)$", example = "none")]
    pub send_via: String,
    /// Where mail goes, "" for `bill_to.email`.
    #[schema(max_length = 254, example = "")]
    pub email_to: String,
    /// When it was last sent; year 1 is never.
    #[schema(max_length = 40, example = "0001-01-01T00:00:00Z")]
    pub last_sent_at: String,
    /// When it last changed.
    #[schema(max_length = 40, example = "2026-02-13T23:15:43Z")]
    pub updated_at: String,
    /// The unguessable part of `hosted_url`.
    #[schema(max_length = 64, example = "d038ea943f4f47039e9474")]
    pub public_url: String,
    /// The same.
    #[schema(max_length = 64, example = "d038ea943f4f47039e9474")]
    pub public_hash: String,
    /// Where customers pay.
    #[schema(max_length = 2048, example = "http://localhost:8080/invoice/d038ea943f4f47039e9474")]
    pub hosted_url: String,
}

/// A way to pay.
#[derive(ToSchema)]
#[schema(pattern = "^(card|ach|mail)$", max_length = 4, example = "card")]
#[expect(dead_code, reason = "describes the entries of a list")]
pub struct PaymentWay(String);

/// How an invoice is paid.
#[derive(Serialize, ToSchema)]
pub struct ShownSettings {
    /// "amount" or "line_items".
    #[schema(pattern = "^(amount|line_items)$", example = "line_items")]
    pub partial_payment_type: String,
    /// Whether a tip may be added.
    #[schema(example = false)]
    pub allow_tipping: bool,
}

/// An item of an invoice.
#[derive(Serialize, ToSchema)]
pub struct ShownItem {
    /// Its id.
    #[schema(max_length = 40, example = "5vTz8bWc0Ab3XyZ1")]
    pub id: String,
    /// Free text.
    #[serde(rename = "type")]
    #[schema(max_length = 255, example = "")]
    pub kind: String,
    /// What it is.
    #[schema(max_length = 255, example = "Widget")]
    pub name: String,
    /// More about it.
    #[schema(max_length = 4096, example = "A widget for processors")]
    pub description: String,
    /// How many.
    #[schema(minimum = 1, maximum = 9007199254740991_i64, example = 1)]
    pub quantity: i64,
    /// Units already shipped.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub quantity_shipped: i64,
    /// Your code.
    #[schema(max_length = 255, example = "")]
    pub product_code: String,
    /// Commodity code.
    #[schema(max_length = 255, example = "")]
    pub commodity_code: String,
    /// "lb", "kg".
    #[schema(max_length = 255, example = "")]
    pub unit_of_measure: String,
    /// Another tax id.
    #[schema(max_length = 255, example = "")]
    pub alternate_tax_identifier: String,
    /// Of one.
    #[schema(minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 100)]
    pub unit_price: i64,
    /// Taken off.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub discount: i64,
    /// Always "$": discounts are amounts.
    #[schema(max_length = 1, example = "$")]
    pub discount_type: String,
    /// Taken off.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub discount_amount: i64,
    /// Added.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub freight_amount: i64,
    /// Whether local and national tax are taken on it.
    #[schema(example = false)]
    pub taxable: bool,
    /// Its rate.
    #[schema(max_length = 8, example = "0")]
    pub local_tax_rate: String,
    /// The amount.
    #[schema(max_length = 20, example = "0")]
    pub local_tax: String,
    /// Its rate.
    #[schema(max_length = 8, example = "0")]
    pub national_tax_rate: String,
    /// The amount.
    #[schema(max_length = 20, example = "0")]
    pub national_tax: String,
    /// Its rate.
    #[schema(max_length = 8, example = "0")]
    pub tax_rate: String,
    /// All its taxes.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax_amount: i64,
    /// What the item adds to the total.
    #[schema(minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 100)]
    pub amount: i64,
    /// "pending", "paid" or "rejected" by the customer.
    #[schema(pattern = "^(pending|paid|rejected)$", example = "pending")]
    pub status: String,
}

impl ShownInvoice {
    /// The invoice of `merchant` whose customers reach us at `public_url`.
    pub fn of(invoice: Invoice, merchant: &CompanyId, public_url: &str) -> Self {
        let due = invoice.due().minor();
        let currency = invoice.currency().code().to_owned();
        let Invoice { id, public_id, number, customer_id, customer_number, status, totals, paid, .. } = invoice;
        let Invoice { date_due, bill_to, payable_to, terms, message, reject_message, .. } = invoice;
        let InvoiceTotals { subtotal, discount: _ /* in the items */, tax, shipping, adjustment, total } = totals;
        let InvoiceTerms { company_name, company_logo_url, advanced_fields, enable_tax, enable_shipping, .. } = terms;
        let InvoiceTerms { methods, card_processor_id, ach_processor_id, email_to, .. } = terms;
        let InvoiceTerms { bill_to_id, payable_to_id, .. } = terms;
        Self {
            id: id.to_string(),
            merchant_id: merchant.to_string(),
            currency,
            company_name,
            company_logo_url,
            customer_id: customer_id.as_ref().map_or("", CustomerId::as_str).to_owned(),
            customer_number,
            invoice_number: number,
            payable_to: InvoiceAddress::of(payable_to_id, payable_to),
            bill_to: InvoiceAddress::of(bill_to_id, bill_to),
            created_at: invoice.created_at.to_string(),
            date_due: date_due.to_string(),
            items: invoice.lines.into_iter().map(ShownItem::from).collect(),
            advanced_fields,
            enable_tax,
            enable_shipping,
            require_shipping_details: terms.require_shipping_details,
            require_billing_details_on_payment_only: terms.require_billing_details_on_payment_only,
            subtotal: subtotal.minor(),
            tax_percent: terms.tax_percent.to_string(),
            tax: tax.minor(),
            shipping: shipping.minor(),
            total: total.minor(),
            amount_paid: paid.minor(),
            service_fees_paid: terms.service_fees_paid_minor,
            surcharge_paid: terms.surcharge_paid_minor,
            discount_credited: terms.discount_credited_minor,
            adjustment: adjustment.minor(),
            amount_due: due,
            allow_partial_payment: terms.allow_partial_payment,
            settings: ShownSettings {
                partial_payment_type: terms.partial_type.as_str().to_owned(),
                allow_tipping: terms.allow_tipping,
            },
            save_customer_vault: terms.save_method.as_str().to_owned(),
            transaction_type: terms.pay_as.as_str().to_owned(),
            payment_methods: methods.iter().map(|method| method.as_str().to_owned()).collect(),
            card_processor_id,
            ach_processor_id,
            status: status.as_str().to_owned(),
            message,
            reject_message,
            send_via: terms.send_via.as_str().to_owned(),
            email_to,
            last_sent_at: invoice.last_sent_at.map_or_else(|| NEVER.to_owned(), |at| at.to_string()),
            updated_at: invoice.updated_at.to_string(),
            hosted_url: format!("{public_url}/invoice/{public_id}"),
            public_hash: public_id.clone(),
            public_url: public_id,
        }
    }
}

impl From<InvoiceLine> for ShownItem {
    fn from(line: InvoiceLine) -> Self {
        let InvoiceLine { id, status, kind, name, description, unit_price, quantity, discount, freight, .. } = line;
        let InvoiceLine { tax, local_tax, national_tax, amount, details, rule: _ /* for people */, .. } = line;
        let LineDetails { quantity_shipped, product_code, commodity_code, unit_of_measure, .. } = details;
        let LineDetails { alternate_tax_identifier, taxable, local_rate, national_rate, combined_rate, .. } = details;
        Self {
            id: id.to_string(),
            kind,
            name,
            description,
            quantity,
            quantity_shipped,
            product_code,
            commodity_code,
            unit_of_measure,
            alternate_tax_identifier,
            unit_price: unit_price.minor(),
            discount: discount.minor(),
            discount_type: "$".to_owned(),
            discount_amount: discount.minor(),
            freight_amount: freight.minor(),
            taxable,
            local_tax_rate: rate_text(local_rate),
            local_tax: local_tax.minor().to_string(),
            national_tax_rate: rate_text(national_rate),
            national_tax: national_tax.minor().to_string(),
            tax_rate: rate_text(combined_rate),
            tax_amount: tax.minor(),
            amount: amount.minor(),
            status: status.as_str().to_owned(),
        }
    }
}

/// "7.250"; no rate is "0" (seed gateway, the example's `tax_rate`).
fn rate_text(rate: Rate) -> String {
    if rate.is_zero() { "0".to_owned() } else { rate.to_string() }
}
