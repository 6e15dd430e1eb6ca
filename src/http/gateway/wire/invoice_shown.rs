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
#[expect(missing_docs, reason = "the names are those of the request; amounts are minor units, instants RFC 3339")]
pub struct ShownInvoice {
    pub id: String,
    pub merchant_id: String,
    pub currency: String,
    pub company_name: String,
    pub company_logo_url: String,
    pub customer_id: String,
    pub customer_number: String,
    pub invoice_number: String,
    pub payable_to: InvoiceAddress,
    pub bill_to: InvoiceAddress,
    pub created_at: String,
    pub date_due: String,
    pub items: Vec<ShownItem>,
    pub advanced_fields: bool,
    pub enable_tax: bool,
    pub enable_shipping: bool,
    pub require_shipping_details: bool,
    pub require_billing_details_on_payment_only: bool,
    /// Items less their discounts, with their freight, without taxes.
    pub subtotal: i64,
    pub tax_percent: String,
    pub tax: i64,
    pub shipping: i64,
    /// `subtotal` + `tax` + `shipping` + `adjustment`.
    pub total: i64,
    pub amount_paid: i64,
    pub service_fees_paid: i64,
    pub surcharge_paid: i64,
    pub discount_credited: i64,
    pub adjustment: i64,
    pub amount_due: i64,
    pub allow_partial_payment: bool,
    pub settings: ShownSettings,
    pub save_customer_vault: String,
    pub transaction_type: String,
    pub payment_methods: Vec<String>,
    pub card_processor_id: String,
    pub ach_processor_id: String,
    /// "pending", "partially_paid", "paid", "authorized", "paying_via_mail", "declined", "failed", "past_due",
    /// "rejected" or "void".
    pub status: String,
    pub message: String,
    /// Why the customer rejected it, or some of its items.
    pub reject_message: String,
    pub send_via: String,
    pub email_to: String,
    pub last_sent_at: String,
    pub updated_at: String,
    /// The unguessable part of `hosted_url`.
    pub public_url: String,
    pub public_hash: String,
    /// Where customers pay.
    pub hosted_url: String,
}

/// How an invoice is paid.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are those of the request")]
pub struct ShownSettings {
    pub partial_payment_type: String,
    pub allow_tipping: bool,
}

/// An item of an invoice.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are those of the request; amounts are minor units")]
pub struct ShownItem {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub description: String,
    pub quantity: i64,
    pub quantity_shipped: i64,
    pub product_code: String,
    pub commodity_code: String,
    pub unit_of_measure: String,
    pub alternate_tax_identifier: String,
    pub unit_price: i64,
    pub discount: i64,
    /// Always "$": discounts are amounts.
    pub discount_type: String,
    pub discount_amount: i64,
    pub freight_amount: i64,
    pub taxable: bool,
    pub local_tax_rate: String,
    pub local_tax: String,
    pub national_tax_rate: String,
    pub national_tax: String,
    pub tax_rate: String,
    pub tax_amount: i64,
    /// What the item adds to the total.
    pub amount: i64,
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
