//! What a field of the gateway is by its name: an example, its bounds, and what it is where its struct says nothing.
//!
//! The gateway means the same by the same name wherever it stands. Where one struct means something else, the name is
//! written `Struct.name`, or the struct says it itself with `#[schema(..)]`, which counts before all of this.

use Is::{Choice, Count, Like, Line, Money, OneOf, Text};

use crate::domain::money::AMOUNT_MAX_MINOR;
use crate::limits::{OFFSET_MAX, PAGE_MAX};

/// What a name means.
pub(super) struct Word {
    /// `name`, or `Struct.name`.
    pub(super) names: &'static [&'static str],
    /// A sentence, for structs that say nothing of it.
    pub(super) told: &'static str,
    /// As JSON writes it, without the quotes of a text.
    pub(super) example: &'static str,
    /// What it may be.
    pub(super) is: Is,
}

/// What a field may be. In answers only lengths and ranges count: what is absent is "" there.
pub(super) enum Is {
    /// One line of at most so many characters.
    Line(u32),
    /// Text with line breaks of at most so many characters.
    Text(u32),
    /// Text of this form, of at most so many characters, or "".
    Like(&'static str, u32),
    /// One of these words, or "".
    OneOf(&'static [&'static str]),
    /// Minor units: in requests not below zero.
    Money,
    /// A number between these, both included.
    Count(i64, i64),
    /// True or false.
    Choice,
}

/// Largest amount of money, minor units.
pub(super) const MONEY_MAX: i64 = AMOUNT_MAX_MINOR;

const ID: Is = Like("[A-Za-z0-9.^_-]{2,40}", 40);
const INSTANT: Is = Like(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", 35);
const DATE: Is = Like(r"\d{4}-\d{2}-\d{2}", 10);
const EMAIL: Is = Like(r"[A-Za-z0-9_+-]{1,60}(\.[A-Za-z0-9_+-]{1,3})?@[a-z0-9]{1,60}\.[a-z]{2,6}", 254);
const PHONE: Is = Like(r"[+]?([ ()./-]{0,2}[0-9]){0,20}", 61);
const RATE: Is = Like(r"[0-9]{1,3}(\.[0-9]{0,3})?", 7);
const CARD_NUMBER: Is = Like("[0-9]{12,19}", 40);
const DIGITS_OF_A_CARD: Is = Like("[0-9]{6,19}", 19);
const MONTH: Is = Like("(0[1-9]|1[0-2])/?[0-9]{2}", 10);
const SCHEDULE: Is = Like(r"[0-9]{1,3}( ?, ?[0-9]{1,2})?", 20);
const SUCCESS: Is = Line(64);

/// Short forms of the table below.
macro_rules! words {
    ($($($name:literal)+ => $is:expr, $example:literal, $told:literal;)+) => {
        &[$(Word { names: &[$($name),+], told: $told, example: $example, is: $is },)+]
    };
}

/// Every name.
pub(super) const WORDS: &[Word] = words! {
    // --- the envelope
    "msg" => Text(4096), "success", "What was done, or what is wrong.";
    "total_count" "count" => Count(0, i64::MAX), "1", "How many there are in all.";
    // --- ids
    "id" "address_id" "subscription_id" "settlement_batch_id" "referenced_transaction_id" "invoice_id" "plan_id"
    "billing_address_id" "shipping_address_id" "payment_method_id" "payment_id" "customer_id" "processor_id"
    "card_processor_id" "ach_processor_id" "customer_payment_id" "created_address_id" "created_payment_method_id"
    "terminal_id" "user_id" "owner_id" "merchant_id" "account_type_id" "register_id" "transaction_id"
        => ID, "b89227ij8m0nuanr", "Its id.";
    "AmountsLine.id" "AmountsProduct.id" "AmountsLineShown.id" => Line(255), "1", "Your own id of it.";
    "initial_transaction_id" "vendor_id" "processor_transaction_id" "type_id" => Line(255), "b7kgflt1tlv51er0", "An id.";
    "id_format" => OneOf(&["xid_type_last4"]), "xid_type_last4", "How the id is made.";
    "key_id" "temporary_token" => Line(255), "merchant.com.example", "As the wallet has it.";
    // --- when
    "created_at" "updated_at" "captured_at" "settled_at" "last_sent_at" "batch_date" "completed_at"
        => INSTANT, "2026-01-15T20:15:19Z", "When, RFC 3339.";
    "BatchRow.batch_date" "date_due" "now" => INSTANT, "2026-02-13T06:00:00Z", "When, RFC 3339.";
    "start_date" "end_date" => Like(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", 35), "2026-01-31T10:00:00Z", "RFC 3339.";
    "next_bill_date" "expiration" "SubscriptionShown.expiration_date" => DATE, "2026-03-01", "A date.";
    "settle_at" => Like("[0-9]{2}:[0-9]{2}:[0-9]{2}", 8), "00:00:00", "When, `HH:MM:SS`.";
    // --- people and places
    "name" "customer_name" "user_name" "merchant_name" "processor_name" "plan_name" "cardholder_name"
        => Line(255), "John Smith", "The name.";
    "first_name" "last_name" => Line(50), "John", "At most 50 characters.";
    "company" => Line(100), "Test Company", "At most 100 characters.";
    "address_line_1" "address_line_2" "line_1" "line_2" => Line(100), "123 Some St", "At most 100 characters.";
    "city" => Line(50), "Wheaton", "At most 50 characters.";
    "state" => Line(50), "IL", "State or province.";
    "dl_state" "NewAmounts.state" => Line(255), "IL", "A state.";
    "NewInvoiceAddress.state" => Line(3), "IL", "State or province.";
    "postal_code" "ship_from_postal_code" => Line(20), "60187", "Postal code.";
    "country" => Like("[A-Za-z]{2}", 2), "US", "Two letters of ISO 3166-1.";
    "email" "email_address" "email_to" => EMAIL, "help@website.com", "A mail address.";
    "phone" "fax" => PHONE, "5555555555", "The digits.";
    "hash" => Line(64), "cV9qS6UvnnRDJCkgfitHqGrKSRfTARDsLy5zfkNNTcM=", "SHA-256 of the normalised address, Base64.";
    "username" => Line(100), "testmerchant43", "The name to log in with.";
    "password" "current_password" => Line(255), "Correct-Horse-9", "A password.";
    "timezone" => Line(64), "ETC/UTC", "A name of the IANA time zones.";
    "role" => OneOf(&["admin", "standard"]), "admin", "What the user is.";
    "User.status" => OneOf(&["active", "disabled"]), "active", "Whether the user may come in.";
    "account_type" => OneOf(&["checking", "savings"]), "checking", "What kind of account it is.";
    "User.account_type" => Line(64), "merchant", "Always \"merchant\".";
    "ip_address" => Line(45), "4.2.2.2", "An IPv4 or IPv6 address.";
    // --- keys and tokens
    "NewApiKey.name" => Line(100), "Private Key", "What to call it.";
    "NewApiKey.type" => OneOf(&["api", "pub", "public"]), "api", "What kind of key.";
    "ApiKey.type" => OneOf(&["api", "pub"]), "api", "What kind of key.";
    "api_key" "auth_key" => Line(255), "api_2hQIG638fYIq0KiP96k3XDZXrLJ", "A key.";
    "token" "sid" => Line(4096), "tok_visa", "A token.";
    "TextOrMatch" => Line(255), "someOrderID", "What to look for.";
    "YesNo" => OneOf(&["true", "false"]), "true", "Whether it is so.";
    "idempotency_key" "KeyText" => Line(255), "8ec9c2ab-7a3d-4f54-bd2c-2bdb5f1b3c9e", "The key against repetition.";
    "idempotency_time" => Count(0, 86_400), "300", "How long the key counts, seconds.";
    // --- money, minor units
    "amount" "base_amount" "amount_authorized" "amount_captured" "amount_settled" "amount_refunded" "amount_due"
    "amount_paid" "amount_credit" "requested_amount" "unit_price" "total" "subtotal" "captured" "credit"
        => Money, "1112", "Minor units.";
    "tax_amount" "shipping_amount" "discount_amount" "tip_amount" "freight_amount" "duty_amount" "addon_amount"
    "additional_amounts" "local_tax" "local_tax_amount" "national_tax" "national_tax_amount" "tax" "shipping"
    "surcharge" "surcharge_paid" "service_fee" "service_fees_paid" "discount" "discount_credited" "total_add_ons"
    "total_adds" "total_discounts" "rx_amount" "vision_amount" "clinic_amount" "dental_amount" "card" "ach"
        => Money, "100", "Minor units.";
    "AmountMatch.value" "NumberMatch.value" => Count(i64::MIN, i64::MAX), "100", "What to look for.";
    "adjustment" "additional_total" "net_deposit" "FeesAdjustment.value"
    "AmountsShown.value" "payment_adjustment"
        => Count(-MONEY_MAX, MONEY_MAX), "100", "Minor units.";
    "AmountsExtra.value" "PaymentAdjustment.value"
        => Count(0, MONEY_MAX), "1000", "Minor units, or thousandths of a percent.";
    "AdjustmentForm.amount" "AdjustmentUseForm.amount" "PlanForm.amount" "SubscriptionForm.amount"
        => Count(0, crate::domain::adjustment::AMOUNT_MAX_MINOR), "100", "Minor units.";
    "price" => Like(r"[0-9]{1,9}(\.[0-9]{1,2})?", 20), "10.00", "Major units.";
    "currency" => Like("[A-Za-z]{3}", 3), "USD", "ISO 4217.";
    "percentage" => Count(0, 100_000), "43440", "Thousandths of a percent.";
    "tax_percent" "tax_rate" "local_tax_rate" "national_tax_rate" "discount_rate" "AmountsProduct.local_tax"
    "AmountsProduct.national_tax" "ShownItem.local_tax" "ShownItem.national_tax"
        => RATE, "10.000", "Percent.";
    // --- counts
    "quantity" "quantity_shipped" "num_transactions" "num_lines" "processed_lines" "subscription_count" "batch_number"
        => Count(0, MONEY_MAX), "1", "How many.";
    "duration" => Count(0, crate::domain::adjustment::DURATION_MAX), "0", "How often; 0 is until cancelled.";
    "billing_cycle_interval" => Count(1, 36), "1", "Every so many.";
    "response_code" => Count(0, 499), "100", "What came of it, by the seed's ranges.";
    "limit" => Count(0, PAGE_MAX as i64), "10", "How many at most.";
    "SettlementSearch.limit" => Count(1, PAGE_MAX as i64), "10", "How many at most.";
    "offset" => Count(0, OFFSET_MAX as i64), "0", "How many to skip.";
    "SettlementSearch.offset" => Count(0, 1_000), "0", "How many to skip.";
    // --- what is said of things
    "description" => Line(255), "test transaction", "What it is.";
    "NewTransaction.description" "NewItem.description" "NewCustomer.description" "CustomerChange.description" "notes"
        => Text(255), "test description", "What it is.";
    "message" => Text(4096), "Thank you for your business!", "For the customer.";
    "reject_message" => Text(1024), "Not delivered.", "Why it was rejected.";
    "order_id" "po_number" => Line(17), "someOrderID", "Your own number.";
    "TransactionBody.order_id" "TransactionBody.po_number" => Line(255), "someOrderID", "Your own number.";
    "customer_number" "invoice_number" => Line(255), "123Customer", "Your own number.";
    "company_name" "group_name" "source" => Line(255), "ACME Inc.", "A text.";
    "company_logo_url" => Line(2048), "https://example.com/logo.png", "An http or https address.";
    "public_url" "public_hash" "hosted_url"
        => Line(2048), "d038ea94-3f4f-4703-9e94-74792605944e", "Where the customer pays.";
    "product_code" "alternate_tax_identifier" => Line(255), "W-1", "Your own code of it.";
    "LineItem.name" "LineItem.description" "LineItem.product_code" => Line(50), "Widget", "At most 50 characters.";
    "commodity_code" => Line(255), "44121706", "A commodity code.";
    "LineItem.commodity_code" => Line(12), "44121706", "A commodity code.";
    "unit_of_measure" => Line(255), "kg", "What it is counted in.";
    "LineItem.unit_of_measure" => Line(50), "kg", "What it is counted in.";
    "merchant_vat_registration_number" "customer_vat_registration_number" => Line(255), "DE123456789", "A VAT number.";
    "summary_commodity_code" "mcc" => Like("[A-Za-z0-9]{0,4}", 4), "5411", "At most 4 letters and digits.";
    "custom_fields" => Line(255), "red", "A value.";
    "Descriptor.name" "Descriptor.address" => Line(38), "ACME", "At most 38 characters.";
    "Descriptor.city" => Line(21), "Wheaton", "At most 21 characters.";
    "Descriptor.state" => Line(2), "IL", "At most 2 characters.";
    "Descriptor.postal_code" => Line(5), "60187", "At most 5 characters.";
    "text" "html" "receipt_data" => Text(65_536), "Thank you", "A text.";
    "discount_type" => Line(8), "$", "Always \"$\".";
    "value" => Line(255), "someOrderID", "What to look for.";
    "flags" => OneOf(&["surcharge_exempt", "applepay", "closed_contact", "contact", "locked_security",
        "locked_stop_recurring"]), "surcharge_exempt", "A mark.";
    "NewCustomer.flags" "CustomerChange.flags" => OneOf(&["surcharge_exempt"]), "surcharge_exempt", "A mark.";
    "invalid" => Line(64), "number", "A field that is wrong.";
    "features" => Line(64), "avs", "What the processor does.";
    "serial_number" "device_serial_number" "tpn" => Line(64), "1811000XXXX", "A number of the reader.";
    "manufacturer" "model" "terminal_description" => Line(255), "dejavoo", "Which reader it is.";
    "file" => Line(1_048_576), "\"type\"\n\"sale\"\n", "CSV with a header.";
    "national_id" "consumer_ref" "consumer_id" => Line(255), "customer-1", "Names the customer to the other side.";
    "locale" => Line(35), "en-US", "The page's language.";
    "merchant_redirect_url" "redirect_url" => Line(4096), "https://example.com/paid", "Where the customer goes.";
    "events" => Line(255), "", "Always null.";
    "ResponseField" => Line(64), "approved", "What came of it, in a word.";
    // --- words with a meaning
    "operator" => OneOf(&["=", "!=", "eq"]), "=", "How to compare.";
    "NumberMatch.operator" "AmountMatch.operator" => OneOf(&["=", "!=", "<", ">"]), "=", "How to compare.";
    "type" => Line(64), "sale", "What kind it is.";
    "NewTransaction.type" => OneOf(&["sale", "authorize", "verification", "credit"]), "sale", "What to do.";
    "AmountsExtra.type" "PaymentAdjustment.type" "AmountsLine.type" => OneOf(&["flat", "percentage"]), "flat", "How it counts.";
    "FeesForm.type" => Line(50), "integrations", "Always \"integrations\".";
    "transaction_type" => OneOf(&["verification", "auth", "sale", "void", "refund", "credit"]), "sale", "What is done.";
    "NewInvoice.transaction_type" => OneOf(&["sale", "authorize"]), "sale", "How it is paid.";
    "status" => Line(64), "pending", "Where it stands.";
    "AmountsLine.status" => OneOf(&["paid", "pending", "rejected"]), "pending", "Where it stands.";
    "NewItem.status" => OneOf(&["pending", "paid"]), "pending", "Where it stands.";
    "response" => Line(64), "approved", "What came of it, in a word.";
    "send_via" => OneOf(&["email", "text", "both", "none"]), "email", "How the invoice is sent.";
    "payment_methods" => OneOf(&["card", "ach", "mail"]), "card", "How it may be paid.";
    "partial_payment_type" => OneOf(&["amount", "line_items"]), "amount", "What a part may be.";
    "payment_method" "payment_method_type" => OneOf(&["card", "ach"]), "card", "What pays.";
    "TransactionBody.payment_method" "payment_type" "customer_payment_type" => Line(64), "card", "What paid.";
    "sec_code" => OneOf(&["web", "ccd", "ppd", "tel"]), "web", "How the payer agreed.";
    "AchBody.sec_code" => OneOf(&["web", "ccd", "ppd"]), "web", "How the payer agreed.";
    "funding_speed" => OneOf(&["standard", "sameday"]), "standard", "How fast.";
    "entry_type" => OneOf(&["keyed", "swiped"]), "keyed", "How the card was read.";
    "print_receipt" => OneOf(&["no", "customer", "merchant", "both"]), "no", "Whose receipt is printed.";
    "billing_method" => OneOf(&["straight", "initial_recurring", "recurring"]), "straight", "What the charge is part of.";
    "card_on_file_indicator" => OneOf(&["C", "R"]), "C", "What the card is kept for.";
    "initiated_by" => OneOf(&["customer", "merchant"]), "customer", "Who began it.";
    "stored_credential_indicator" => OneOf(&["used", "stored"]), "used", "Whether it was stored before.";
    "iias_status" => OneOf(&["verified", "exempt"]), "verified", "Whether the goods were verified.";
    "billing_frequency" => OneOf(&["monthly", "twice_monthly", "daily"]), "monthly", "How often within a cycle.";
    "billing_days" => SCHEDULE, "1,15", "Days of the month.";
    // --- cards and accounts
    "number" "card_number" => CARD_NUMBER, "4111111111111111", "The card's number.";
    "expiration_date" => MONTH, "12/30", "The card's last month.";
    "StoredCard.expiration_date" => Line(35), "2030-12-31T00:00:00Z", "The card's last day.";
    "cvc" => Like("[0-9]{3,4}", 4), "999", "The security code.";
    "track_1" "track_2" "encrypted_track_1" "encrypted_track_2" "ksn" => Line(65_536), "ab12", "What the reader read.";
    "bin" "cc_bin" => DIGITS_OF_A_CARD, "517246700", "The first digits of the card.";
    "first_six" "last_four" "first_four" => Line(6), "411111", "Digits of the number.";
    "masked_card" "masked_number" "masked_account_number" => Line(40), "411111******1111", "The number with stars.";
    "card_brand" "card_level_generic" "issuing_bank" => Line(255), "Visa", "What the first digits tell.";
    "card_type" "bin_type" => Line(64), "visa", "What kind of card.";
    "avs_response_code" "cvv_response_code" => Line(8), "M", "A code of the seed's tables.";
    "auth_code" => Line(64), "TAS731", "The issuer's code.";
    "processor_response_code" => Line(64), "00", "The processor's code.";
    "processor_response_text" "response_message" => Line(255), "APPROVAL TAS731 ", "The processor's words.";
    "processor_type" => Line(64), "simulator", "Which processor.";
    "transaction_source" => Line(64), "api", "Where it came from.";
    "emv_aid" "emv_app_name" "emv_tvr" "emv_tsi" "signature_data" => Line(65_536), "A0000000031010", "As the reader told it.";
    "condition" "cavv" "xid" "cryptogram" "ds_transaction_id" "acs_transaction_id"
        => Line(255), "AAABBEg0VhI0VniQEjRWAAAAAAA=", "As 3-D Secure gave it.";
    "eci" => Like("[0-9]{0,2}", 2), "05", "Two digits.";
    "version" => Like(r"[12](\.[0-9]){0,3}", 10), "2.1.0", "Of 3-D Secure.";
    "dl_number" => Line(255), "r500123123", "The licence's number.";
    "routing_number" => Like("[0-9]{9}", 9), "490000018", "9 digits.";
    "account_number" => Like("[0-9]{4,17}", 17), "999999", "4 to 17 digits.";
    "check_number" => Line(255), "1223", "The cheque's number.";
    // --- webhooks and events
    "topics" => Line(64), "transaction.captured", "What it is told of.";
    "WebhookBody.username" => Line(255), "bursar", "The name that is sent with it.";
    "url" => Line(2048), "https://example.com/hook", "Where it is sent.";
    "format" => Line(64), "standard", "How it is written.";
    "secret" => Line(255), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "What it is signed with.";
    "sequence" "from" "to" => Count(0, i64::MAX), "1", "A place in the order of events.";
    "attempt" "tries" => Count(0, 1_000), "1", "How often it was tried.";
    "duration_ms" => Count(0, i64::MAX), "12", "How long it took, milliseconds.";
    "response_status" => Count(0, 999), "200", "The answer's status.";
    "response_body" "error" "disabled_reason" => Text(65_536), "", "What came back.";
    "message_id" "actor" "correlation_id" "subject_id" "subject_kind"
        => Line(255), "evt_0V70MWDgCwBXwnEQ", "Names it.";
    "timestamp" "failing_since" "next_try_at" "previous_secret_until" "last_used_at" "expires_at"
        => INSTANT, "2026-01-15T20:15:19Z", "When, RFC 3339.";
    "replay" "enabled" => Choice, "false", "Whether it is so.";
    // --- users
    "ip" => Line(45), "4.2.2.2", "A network address.";
    "reset_code" => Line(255), "5N1I3h1gg0ucJVTEaO1VWG0C2CeY9dcH", "From the mail.";
    "pub_api_key" => Line(255), "pub_2hQIG638fYIq0KiP96k3XDZXrLJ", "A key.";
    "transaction_csv_format_id" "transaction_report_format_id" "vault_table_format_id"
        => Line(40), "", "How it looks.";
    "access_file_batch" "allow_dashboard_stats" "manage_api_keys" "manage_card_bans" "manage_rule_engine"
    "manage_terminals" "manage_users" "process_authorization" "process_capture" "process_credit" "process_refund"
    "process_sale" "process_verification" "process_void" "recurring_status_change"
    "restrict_viewing_others_invoices" "vault_create" "vault_delete" "vault_update" "view_billing_reports"
    "view_others_transactions" "view_settlement_batches"
        => Choice, "true", "Whether the user may do, or is held to, what the name says.";
    "invoice_create" "security_alerts" "settlement_reports" "transaction_receipts" "transaction_void"
    "triggered_rules"
        => Choice, "true", "Whether the user gets mails of it.";
    // --- yes or no
    "display" "include" "cash_discount" "dual_pricing" "dual_pricing_v2" "skip_cash_discount" "skip_surcharge"
    "skip_service_fee" "skip_consumer_choice" "include_default_tax_to_total" "tax_exempt" "auto_settle"
    "processor_surcharge_fallback" "add_tax_to_total" "taxable" "fixed_amount" "fixed_qty" "email_receipt"
    "create_vault_record" "advanced_fields" "enable_tax" "enable_shipping" "require_shipping_details"
    "require_billing_details_on_payment_only" "allow_partial_payment" "save_customer_vault" "void_on_success"
    "allow_tipping" "bypass_rule_engine" "signature_required" "charge_on_day" "update_subscriptions" "shared" "surcharge"
        => Choice, "false", "Whether it is so.";
    "NewToken.status" "Envelope.status" => SUCCESS, "success", "Always \"success\".";
};
