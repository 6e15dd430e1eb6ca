//! `POST /api/transaction`, `/capture` and `/refund`: what requests bring.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::{at_least_zero, given, required};
use super::transaction_amounts::CalculatedAmounts;
use super::transaction_details::{AdditionalAmounts, Descriptor, Details, LineItem};
use super::transaction_method::NewMethod;
use crate::app::transaction::{CaptureTransaction, ChargeTransaction, OwnFees};
use crate::domain::address::Address;
use crate::domain::attempt::Change;
use crate::domain::currency::Currency;
use crate::domain::id::{Id, ProcessorId};
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::text::{line, paragraph};
use crate::domain::transaction::TransactionType;
use crate::domain::transaction::adjustment::Adjustment;
use crate::error::{Error, Result};

/// Longest order_id and po_number, characters (seed gateway, "Capture"; "Process" says 15, sister documents 17).
const ORDER_MAX: usize = 17;
/// Longest description, characters (seed gateway, "Process").
const DESCRIPTION_MAX: usize = 255;
/// Longest `idempotency_time`, seconds.
const IDEMPOTENCY_TIME_MAX_S: u32 = 86_400;
/// Room for the canonical form of a usual request, bytes.
const CANONICAL_BYTES: usize = 8 * 1024;

given! {
    /// `POST /api/transaction`. Amounts are minor units.
    NewTransaction {
        /// "sale", "authorize", "verification" or "credit".
        #[serde(rename = "type")]
        #[schema(rename = "type")]
        kind: String,
        /// What is charged, everything included.
        amount: i64,
        /// Without surcharge, adjustment and tip, which come on top.
        base_amount: i64,
        /// Whether it is exempt of tax.
        tax_exempt: bool,
        /// Tax in it.
        tax_amount: i64,
        /// Shipping in it.
        shipping_amount: i64,
        /// Discount taken off.
        discount_amount: i64,
        /// Tip in it.
        tip_amount: i64,
        /// Surcharge in it. With `base_amount` alone: in place of the merchant's own, 0 is none.
        surcharge: Option<i64>,
        /// National tax in it.
        national_tax_amount: i64,
        /// Duty in it.
        duty_amount: i64,
        /// ISO 4217; "USD" where it is not given.
        currency: String,
        /// At most 255 characters.
        description: String,
        /// At most 17 characters.
        order_id: String,
        /// At most 17 characters.
        po_number: String,
        /// The default where it is not given.
        processor_id: String,
        /// The customer's IPv4 or IPv6 address.
        ip_address: String,
        /// Whether an approval of less is welcome.
        allow_partial_payment: bool,
        /// Whether the customer wants a receipt; needs `email_address`.
        email_receipt: bool,
        /// "example@mail.com".
        email_address: String,
        /// Kept and shown.
        create_vault_record: bool,
        /// For certain processors.
        vendor_id: String,
        /// Merchant category code.
        mcc: String,
        /// "straight", "initial_recurring" or "recurring".
        billing_method: String,
        /// At most 4 letters and digits.
        summary_commodity_code: String,
        /// Where the goods leave from.
        ship_from_postal_code: String,
        /// VAT number of the merchant.
        merchant_vat_registration_number: String,
        /// VAT number of the customer.
        customer_vat_registration_number: String,
        /// The answer of `POST /api/calculate/amounts`: its total is charged.
        amounts: Option<CalculatedAmounts>,
        /// On top of `base_amount`, or in `amount`.
        payment_adjustment: Option<PaymentAdjustment>,
        /// What pays.
        payment_method: NewMethod,
        /// Billed to.
        billing_address: Option<TransactionAddress>,
        /// Shipped to.
        shipping_address: Option<TransactionAddress>,
        /// Group of the custom fields.
        group_name: String,
        /// Values by the id of the custom field.
        custom_fields: Option<BTreeMap<String, Vec<String>>>,
        /// "verified" or "exempt".
        iias_status: String,
        /// Amounts of health accounts.
        additional_amounts: Option<AdditionalAmounts>,
        /// Level 3 lines.
        line_items: Option<Vec<LineItem>>,
        /// For certain processors.
        #[schema(value_type = Option<Object>)]
        processor_specific: Option<Map<String, Value>>,
        /// What the customer reads on the statement.
        descriptor: Option<Descriptor>,
        /// "C" or "R".
        card_on_file_indicator: String,
        /// "customer" or "merchant".
        initiated_by: String,
        /// The transaction with which the card was stored.
        initial_transaction_id: String,
        /// "used" or "stored".
        stored_credential_indicator: String,
        /// Your key: a repetition answers with the first transaction.
        idempotency_key: Option<KeyText>,
        /// How long the key counts, seconds, at most 86400; 300 where it is not given.
        idempotency_time: u32,
        /// Not available.
        void_on_success: bool,
    }
}

given! {
    /// Something on top of the base.
    PaymentAdjustment {
        /// "flat" or "percentage".
        #[serde(rename = "type")]
        #[schema(rename = "type")]
        kind: String,
        /// Minor units, or thousandths of a percent.
        value: i64,
    }
}

given! {
    /// An address, in requests and in answers.
    TransactionAddress {
        /// At most 50 characters.
        first_name: String,
        /// At most 50 characters.
        last_name: String,
        /// At most 100 characters.
        company: String,
        /// At most 100 characters.
        #[serde(alias = "line_1")]
        address_line_1: String,
        /// At most 100 characters.
        #[serde(alias = "line_2")]
        address_line_2: String,
        /// At most 50 characters.
        city: String,
        /// "IL".
        state: String,
        /// "60187".
        postal_code: String,
        /// "US".
        country: String,
        /// Digits; punctuation is dropped.
        phone: String,
        /// Digits; punctuation is dropped.
        fax: String,
        /// "help@website.com".
        email: String,
    }
}

/// A key that some clients send as a number.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum KeyText {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
}

impl KeyText {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The amounts of a request, put together.
struct Sums {
    amount: Money,
    adjustment: Money,
    own_fees: Option<OwnFees>,
}

impl NewTransaction {
    /// The command in it; `today` bounds how far ahead a card may expire.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self, today: Date) -> Result<ChargeTransaction> {
        let canonical = self.canonical()?;
        let kind = transaction_type(&self.kind)?;
        if self.void_on_success {
            return Err(Error::invalid("void_on_success", "is not available"));
        }
        let code = if self.currency.is_empty() { "USD" } else { &self.currency };
        let currency =
            Currency::parse(code).ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as USD"))?;
        let (this, service_fee_minor) = self.with_calculated(currency)?;
        let sums = this.sums(kind, currency)?;
        let idempotency_key = this.idempotency_key.clone().map(KeyText::into_text).filter(|key| !key.is_empty());
        let details = this.details(idempotency_key.as_deref())?.checked()?;
        let billing = this.billing_address.map(|address| address.checked("billing_address")).transpose()?;
        let shipping = this.shipping_address.map(|address| address.checked("shipping_address")).transpose()?;
        let billing = billing.filter(|address| !address.is_empty());
        let shipping = shipping.filter(|address| !address.is_empty());
        Ok(ChargeTransaction {
            kind,
            currency,
            amount_minor: sums.amount.minor(),
            base_minor: this.base_amount,
            tax_minor: this.tax_amount,
            shipping_minor: this.shipping_amount,
            discount_minor: this.discount_amount,
            tip_minor: this.tip_amount,
            surcharge_minor: this.surcharge.unwrap_or(0),
            service_fee_minor,
            adjustment_minor: sums.adjustment.minor(),
            own_fees: sums.own_fees,
            processor_id: processor_id(&this.processor_id)?,
            pay_with: this.payment_method.into_pay_with(today)?,
            allow_partial: this.allow_partial_payment,
            order_id: line("order_id", &this.order_id, ORDER_MAX)?,
            po_number: line("po_number", &this.po_number, ORDER_MAX)?,
            description: paragraph("description", &this.description, DESCRIPTION_MAX)?,
            ip_address: ip_address(&this.ip_address)?,
            postal_code: billing.as_ref().map(|address| address.postal_code.clone()),
            billing_address_json: billing.map(address_json).transpose()?,
            shipping_address_json: shipping.map(address_json).transpose()?,
            details_json: serde_json::to_string(&details).map_err(Error::internal)?,
            idempotency_key: idempotency_key.map(|key| (key, seconds(this.idempotency_time))),
            canonical,
        })
    }

    /// What a repeated key is compared with: the decoded request with its fields in their order.
    fn canonical(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(CANONICAL_BYTES));
        serde_json::to_writer(&mut *bytes, self).map_err(Error::internal)?;
        Ok(bytes)
    }

    /// Every amount is checked here, so that a refusal names it as the request does.
    fn sums(&self, kind: TransactionType, currency: Currency) -> Result<Sums> {
        let money = |field: &str, minor: i64| -> Result<Money> {
            at_least_zero(field, minor)?;
            Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()))
        };
        let inside = [money("tax_amount", self.tax_amount)?, money("shipping_amount", self.shipping_amount)?];
        let on_top = [money("tip_amount", self.tip_amount)?, money("surcharge", self.surcharge.unwrap_or_default())?];
        money("discount_amount", self.discount_amount)?;
        let (amount, base) = (money("amount", self.amount)?, money("base_amount", self.base_amount)?);
        let extra = self.payment_adjustment.as_ref().map(|given| given.read(currency)).transpose()?.flatten();
        if amount.is_zero() && base.is_positive() {
            if Money::sum(currency, inside)?.minor() > base.minor() {
                return Err(Error::invalid("base_amount", "is less than its tax and shipping together"));
            }
            let own_fees = OwnFees { adjustment: extra, surcharge_minor: self.surcharge };
            return Ok(Sums { amount, adjustment: amount, own_fees: Some(own_fees) });
        }
        if amount.is_zero() && kind != TransactionType::Verification {
            return Err(Error::invalid("amount", "must be more than zero"));
        }
        let parts = inside.into_iter().chain(on_top);
        if amount.is_positive() && Money::sum(currency, parts)?.minor() > amount.minor() {
            return Err(Error::invalid("amount", "is less than its tax, shipping, tip and surcharge together"));
        }
        let adjustment = extra.map_or(Ok(Money::zero(currency)), |extra| extra.within(amount))?;
        Ok(Sums { amount, adjustment, own_fees: None })
    }

    fn details(&self, idempotency_key: Option<&str>) -> Result<Details> {
        if self.idempotency_time > IDEMPOTENCY_TIME_MAX_S {
            return Err(Error::invalid("idempotency_time", format!("must be at most {IDEMPOTENCY_TIME_MAX_S}")));
        }
        let customer = self.payment_method.customer.clone().unwrap_or_default();
        Ok(Details {
            tax_exempt: self.tax_exempt,
            national_tax_amount: self.national_tax_amount,
            duty_amount: self.duty_amount,
            email_address: self.email_address.clone(),
            email_receipt: self.email_receipt,
            create_vault_record: self.create_vault_record,
            vendor_id: self.vendor_id.clone(),
            mcc: self.mcc.clone(),
            billing_method: self.billing_method.clone(),
            summary_commodity_code: self.summary_commodity_code.clone(),
            ship_from_postal_code: self.ship_from_postal_code.clone(),
            merchant_vat_registration_number: self.merchant_vat_registration_number.clone(),
            customer_vat_registration_number: self.customer_vat_registration_number.clone(),
            group_name: self.group_name.clone(),
            custom_fields: self.custom_fields.clone(),
            iias_status: self.iias_status.clone(),
            additional_amounts: self.additional_amounts.clone(),
            line_items: self.line_items.clone(),
            descriptor: self.descriptor.clone(),
            card_on_file_indicator: self.card_on_file_indicator.clone(),
            initiated_by: self.initiated_by.clone(),
            initial_transaction_id: self.initial_transaction_id.clone(),
            stored_credential_indicator: self.stored_credential_indicator.clone(),
            idempotency_key: idempotency_key.unwrap_or_default().to_owned(),
            idempotency_time: self.idempotency_time,
            billing_address_id: customer.billing_address_id,
            shipping_address_id: customer.shipping_address_id,
        })
    }
}

fn transaction_type(text: &str) -> Result<TransactionType> {
    TransactionType::parse(required("type", text)?)
        .filter(|kind| *kind != TransactionType::Refund)
        .ok_or_else(|| Error::invalid("type", "must be \"sale\", \"authorize\", \"verification\" or \"credit\""))
}

fn processor_id(text: &str) -> Result<Option<ProcessorId>> {
    if text.is_empty() {
        return Ok(None);
    }
    Id::parse(text).map(Some).ok_or_else(|| Error::invalid("processor_id", "is not known"))
}

fn ip_address(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("ip_address", "must be an IPv4 or IPv6 address"))
}

fn seconds(time: u32) -> Option<u32> {
    (time > 0).then_some(time)
}

fn address_json(address: Address) -> Result<String> {
    serde_json::to_string(&TransactionAddress::from(address)).map_err(Error::internal)
}

impl PaymentAdjustment {
    fn read(&self, currency: Currency) -> Result<Option<Adjustment>> {
        const VALUE: &str = "payment_adjustment.value";
        at_least_zero(VALUE, self.value)?;
        match self.kind.as_str() {
            "" if self.value == 0 => Ok(None),
            "flat" => {
                let extra = Money::new(self.value, currency).map_err(|why| Error::invalid(VALUE, why.to_string()))?;
                Ok(Some(Adjustment::Flat(extra)))
            }
            "percentage" => {
                let rate = u32::try_from(self.value).ok().and_then(Rate::from_thousandths);
                let rate = rate.ok_or_else(|| Error::invalid(VALUE, "must be at most 1000000, which is 1000 %"))?;
                Ok(Some(Adjustment::Percentage(rate)))
            }
            _ => Err(Error::invalid("payment_adjustment.type", "must be \"flat\" or \"percentage\"")),
        }
    }
}

impl TransactionAddress {
    fn checked(self, field: &str) -> Result<Address> {
        let Self { first_name, last_name, company, address_line_1, address_line_2, city, .. } = self;
        let Self { state, postal_code, country, phone, fax, email, .. } = self;
        let (line_1, line_2) = (address_line_1, address_line_2);
        let address = Address {
            first_name,
            last_name,
            company,
            line_1,
            line_2,
            city,
            state,
            postal_code,
            country,
            email,
            phone,
            fax,
        };
        address.checked("address_").map_err(|why| why.under(field))
    }
}

impl From<Address> for TransactionAddress {
    fn from(address: Address) -> Self {
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = address;
        let Address { state, postal_code, country, email, phone, fax, .. } = address;
        let (address_line_1, address_line_2) = (line_1, line_2);
        Self {
            first_name,
            last_name,
            company,
            address_line_1,
            address_line_2,
            city,
            state,
            postal_code,
            country,
            phone,
            fax,
            email,
        }
    }
}

/// `POST /api/transaction/{id}/capture`: what is not given stays as authorized. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewCapture {
    /// All of it where it is not given.
    pub amount: Option<i64>,
    /// Tax in it.
    pub tax_amount: Option<i64>,
    /// Shipping in it.
    pub shipping_amount: Option<i64>,
    /// Whether it is exempt of tax.
    pub tax_exempt: Option<bool>,
    /// At most 17 characters.
    pub order_id: Option<String>,
    /// At most 17 characters.
    pub po_number: Option<String>,
    /// The customer's IPv4 or IPv6 address.
    pub ip_address: Option<String>,
}

impl NewCapture {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<CaptureTransaction> {
        let part = |field: &str, minor: Option<i64>| minor.map(|minor| at_least_zero(field, minor)).transpose();
        let text = |field: &str, text: Option<String>| {
            text.filter(|text| !text.is_empty()).map(|text| line(field, &text, ORDER_MAX)).transpose()
        };
        let change = Change {
            tax_minor: part("tax_amount", self.tax_amount)?,
            shipping_minor: part("shipping_amount", self.shipping_amount)?,
            tax_exempt: self.tax_exempt,
            order_id: text("order_id", self.order_id)?,
            po_number: text("po_number", self.po_number)?,
            ip_address: self.ip_address.filter(|text| !text.is_empty()).map(|text| ip_address(&text)).transpose()?,
        };
        Ok(CaptureTransaction { amount_minor: part("amount", self.amount)?.filter(|minor| *minor > 0), change })
    }
}

/// `POST /api/transaction/{id}/refund`. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewRefund {
    /// All that is left where it is 0 or not given.
    pub amount: Option<i64>,
    /// Surcharge in it.
    pub surcharge: Option<i64>,
}

impl NewRefund {
    /// How much, minor units; nothing is all that is left.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_amount(self) -> Result<Option<i64>> {
        let amount = at_least_zero("amount", self.amount.unwrap_or(0))?;
        let surcharge = at_least_zero("surcharge", self.surcharge.unwrap_or(0))?;
        if amount > 0 && surcharge > amount {
            return Err(Error::invalid("surcharge", "is more than the amount"));
        }
        Ok((amount > 0).then_some(amount))
    }
}
