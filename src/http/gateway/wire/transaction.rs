//! `POST /api/transaction`: what a request brings.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::{at_least_zero, given, required};
use super::transaction_address::TransactionAddress;
use super::transaction_amounts::CalculatedAmounts;
use super::transaction_details::{AdditionalAmounts, Descriptor, Details, LineItem};
use super::transaction_method::NewMethod;
use super::transaction_notes::MethodNotes;
use crate::app::transaction::{ChargeTransaction, Keep, OwnFees};
use crate::domain::address::Address;
use crate::domain::currency::Currency;
use crate::domain::id::{Id, ProcessorId};
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::text::{line, paragraph};
use crate::domain::transaction::TransactionType;
use crate::domain::transaction::adjustment::Adjustment;
use crate::error::{Error, Result};

/// Longest order_id and po_number, characters (seed gateway, "Capture"; "Process" says 15, sister documents 17).
pub(super) const ORDER_MAX: usize = 17;
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
        #[schema(rename = "type", pattern = "^(sale|authorize|verification|credit)$", example = "sale")]
        kind: String,
        /// What is charged, everything included.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1112)]
        amount: i64,
        /// Without surcharge, adjustment and tip, which come on top.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        base_amount: i64,
        /// Whether it is exempt of tax.
        tax_exempt: bool,
        /// Tax in it.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        tax_amount: i64,
        /// Shipping in it.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        shipping_amount: i64,
        /// Discount taken off.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        discount_amount: i64,
        /// Tip in it.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        tip_amount: i64,
        /// Surcharge in it. With `base_amount` alone: in place of the merchant's own, 0 is none.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        surcharge: Option<i64>,
        /// National tax in it.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        national_tax_amount: i64,
        /// Duty in it.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        duty_amount: i64,
        /// ISO 4217; "USD" where it is not given.
        #[schema(pattern = "^([A-Za-z]{3})?$", example = "USD")]
        currency: String,
        /// At most 255 characters.
        #[schema(max_length = 255, example = "test transaction")]
        description: String,
        /// At most 17 characters.
        #[schema(max_length = 17, example = "someOrderID")]
        order_id: String,
        /// At most 17 characters.
        #[schema(max_length = 17, example = "somePONumber")]
        po_number: String,
        /// The default where it is not given.
        #[schema(max_length = 64, example = "")]
        processor_id: String,
        /// The customer's IPv4 or IPv6 address.
        #[schema(max_length = 45, example = "4.2.2.2")]
        ip_address: String,
        /// Whether an approval of less is welcome.
        allow_partial_payment: bool,
        /// Whether the customer wants a receipt; needs `email_address`.
        email_receipt: bool,
        /// "example@mail.com".
        #[schema(max_length = 254, example = "user@home.com")]
        email_address: String,
        /// Makes a customer of what pays once it is approved; the answer's `customer_id`.
        create_vault_record: bool,
        /// For certain processors.
        #[schema(max_length = 255, example = "")]
        vendor_id: String,
        /// Merchant category code.
        #[schema(max_length = 4, pattern = "^[A-Za-z0-9]*$", example = "5734")]
        mcc: String,
        /// "straight", "initial_recurring" or "recurring".
        #[schema(pattern = "^(straight|initial_recurring|recurring)?$", example = "straight")]
        billing_method: String,
        /// At most 4 letters and digits.
        #[schema(max_length = 4, pattern = "^[A-Za-z0-9]*$", example = "A1B2")]
        summary_commodity_code: String,
        /// Where the goods leave from.
        #[schema(max_length = 20, example = "60187")]
        ship_from_postal_code: String,
        /// VAT number of the merchant.
        #[schema(max_length = 255, example = "")]
        merchant_vat_registration_number: String,
        /// VAT number of the customer.
        #[schema(max_length = 255, example = "")]
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
        #[schema(max_length = 255, example = "default")]
        group_name: String,
        /// Values by the id of the custom field.
        custom_fields: Option<BTreeMap<String, Vec<String>>>,
        /// "verified" or "exempt".
        #[schema(pattern = "^(verified|exempt)?$", example = "")]
        iias_status: String,
        /// Amounts of health accounts.
        additional_amounts: Option<AdditionalAmounts>,
        /// Level 3 lines.
        line_items: Option<Vec<LineItem>>,
        /// For certain processors.
        #[schema(schema_with = super::transaction_processor::schema)]
        processor_specific: Option<Map<String, Value>>,
        /// What the customer reads on the statement.
        descriptor: Option<Descriptor>,
        /// "C" or "R".
        #[schema(pattern = "^[CR]?$", example = "")]
        card_on_file_indicator: String,
        /// "customer" or "merchant".
        #[schema(pattern = "^(customer|merchant)?$", example = "customer")]
        initiated_by: String,
        /// The transaction with which the card was stored.
        #[schema(max_length = 255, example = "")]
        initial_transaction_id: String,
        /// "used" or "stored".
        #[schema(pattern = "^(used|stored)?$", example = "")]
        stored_credential_indicator: String,
        /// Your key: a repetition answers with the first transaction.
        idempotency_key: Option<KeyText>,
        /// How long the key counts, seconds, at most 86400; 300 where it is not given.
        #[schema(maximum = 86400, example = 300)]
        idempotency_time: u32,
        /// Whether an approval is undone at once.
        void_on_success: bool,
        /// Adds what pays to this customer once it is approved.
        #[schema(max_length = 40, example = "")]
        create_vault_record_for: String,
        /// Form of the new customer's id: "xid_type_last4", or "" for a plain id.
        #[schema(pattern = "^(xid_type_last4)?$", example = "")]
        vault_record_id_format: String,
        /// For a second processor that shares the payment, minor units; kept and shown.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        split_transaction_amount: i64,
        /// Kept and shown.
        bypass_rule_engine: bool,
        /// For certain processors; kept and shown, at most 16 KiB.
        #[schema(value_type = Option<Vec<Object>>)]
        subscriptions: Option<Vec<Map<String, Value>>>,
    }
}

given! {
    /// Something on top of the base.
    PaymentAdjustment {
        /// "flat" or "percentage".
        #[serde(rename = "type")]
        #[schema(rename = "type", pattern = "^(flat|percentage)?$", example = "flat")]
        kind: String,
        /// Minor units, or thousandths of a percent.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 199)]
        value: i64,
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
        let code = if self.currency.is_empty() { "USD" } else { &self.currency };
        let currency =
            Currency::parse(code).ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as USD"))?;
        let (this, service_fee_minor) = self.with_calculated(currency)?;
        let sums = this.sums(kind, currency)?;
        let idempotency_key = this.idempotency_key.clone().map(KeyText::into_text).filter(|key| !key.is_empty());
        let details = this.details(idempotency_key.as_deref())?.checked()?;
        let keep = keep(&details)?;
        let notes = MethodNotes::of(&this.payment_method);
        let authentication = this.payment_method.authentication();
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
            authentication: authentication.map(Into::into),
            keep,
            void_on_success: details.void_on_success,
            allow_partial: this.allow_partial_payment,
            order_id: line("order_id", &this.order_id, ORDER_MAX)?,
            po_number: line("po_number", &this.po_number, ORDER_MAX)?,
            description: paragraph("description", &this.description, DESCRIPTION_MAX)?,
            ip_address: ip_address(&this.ip_address)?,
            postal_code: billing.as_ref().map(|address| address.postal_code.clone()),
            billing_address_json: billing.map(address_json).transpose()?,
            shipping_address_json: shipping.map(address_json).transpose()?,
            details_json: details.stored(&notes)?,
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
            create_vault_record_for: self.create_vault_record_for.clone(),
            vault_record_id_format: self.vault_record_id_format.clone(),
            split_transaction_amount: self.split_transaction_amount,
            bypass_rule_engine: self.bypass_rule_engine,
            void_on_success: self.void_on_success,
            processor_specific: self.processor_specific.clone(),
            subscriptions: self.subscriptions.clone(),
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

/// What an approval makes of what pays.
fn keep(details: &Details) -> Result<Option<Keep>> {
    let id_tells_method = !details.vault_record_id_format.is_empty();
    match details.create_vault_record_for.as_str() {
        "" => Ok(details.create_vault_record.then_some(Keep::New { id_tells_method })),
        text => match Id::parse(text) {
            Some(id) => Ok(Some(Keep::For(id))),
            None => Err(Error::invalid("create_vault_record_for", "is not an id")),
        },
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

/// An IPv4 or IPv6 address, or nothing.
///
/// # Errors
/// `Invalid`.
pub(super) fn ip_address(text: &str) -> Result<String> {
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
