//! Paying on the page: the form read, the payment made, the answer shown.
//!
//! Amount and currency come from the invoice; of the form only a part to pay and a tip are read, and both are bounded.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{own_page, refusal, see_other};
use super::invoice::{back_to, page, path_of, promise_check};
use super::invoice_page::decline_notice;
use super::pay_form::{Typed, left_to_pay};
use crate::app::invoice::Waiting;
use crate::app::transaction::{PayInvoice, PayWishes, PayWith, Payment};
use crate::app::{App, Caller};
use crate::domain::address::Address;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::country;
use crate::domain::id::InvoiceLineId;
use crate::domain::invoice::{Invoice, REJECT_MESSAGE_MAX};
use crate::domain::money::{Money, MoneyError};
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::rate_limit::RateLimits;
use crate::http::view::pay_form::AddressForm;
use crate::http::view::tone::{Notice, Tone};

/// `POST /invoice/{public_id}/pay`.
pub(super) async fn pay(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    public_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let done = try_pay(&app, &limits, &request, &public_id, payload).await;
    done.unwrap_or_else(|error| refusal(&request, &error, back_to(&error, &public_id).as_deref()))
}

async fn try_pay(
    app: &App,
    limits: &RateLimits,
    request: &HttpRequest,
    public_id: &str,
    payload: Payload,
) -> Result<HttpResponse> {
    own_page(request, app)?;
    limits.payment(request)?;
    let fields = Fields::read(request, payload).await?;
    if fields.text("method") == "mail" {
        return promise_check(app, request, public_id).await;
    }
    let invoice = app.invoice_find_public(public_id)?;
    if !invoice.is_payable() {
        return Ok(see_other(&path_of(public_id)));
    }
    let mut typed = Typed::of(&fields);
    if let Some(answer) = recount(app, &invoice, &fields, &mut typed) {
        return answer;
    }
    let client = limits.client_of(request);
    let Some(command) = command(app, client, &invoice, &fields, &mut typed) else {
        typed.notice = Some(Notice::new(
            Tone::Bad,
            "Nothing was paid yet",
            "Some fields need another look. For your safety, card and account numbers are typed again.",
        ));
        return page(app, public_id, StatusCode::UNPROCESSABLE_ENTITY, typed);
    };
    match app.invoice_pay(Caller::customer(correlation::of(request)), command).await {
        Ok(Payment::Approved(_) | Payment::BeingConfirmed(_)) => Ok(see_other(&path_of(public_id))),
        Ok(Payment::ActionRequired { challenge_path, .. }) => Ok(see_other(&challenge_path)),
        Ok(Payment::Declined(transaction)) => {
            typed.notice = Some(decline_notice(&transaction));
            page(app, public_id, StatusCode::PAYMENT_REQUIRED, typed)
        }
        Err(Error::Invalid { field, problem }) => {
            typed.wrong(form_field(&field, &typed.method.clone()), problem);
            page(app, public_id, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(Error::Conflict(text)) => after_conflict(app, public_id, text),
        Err(error) => Err(error),
    }
}

/// Lines left out change what is paid: the page says the new amount before anything is charged.
fn recount(app: &App, invoice: &Invoice, fields: &Fields, typed: &mut Typed) -> Option<Result<HttpResponse>> {
    let is_asked = fields.text("recount") == "yes";
    let left = left_to_pay(invoice, &typed.left_out);
    let is_agreed = left.is_none_or(|left| left.minor().to_string() == fields.text("agreed"));
    if !invoice.takes_line_choice() || (!is_asked && is_agreed) {
        return None;
    }
    typed.notice = Some(match left {
        Some(left) => Notice::new(
            Tone::Info,
            format!("{left} is left to pay"),
            "Nothing was charged yet. Check the amount, and pay below.",
        ),
        None => Notice::new(Tone::Info, "All lines are paid", "Nothing was charged yet. No line is left out."),
    });
    Some(page(app, &invoice.public_id, StatusCode::OK, std::mem::take(typed)))
}

/// Two clicks, two tabs, the back button: where the other one is under way or went through, its page says so; else the
/// invoice changed, and nothing was paid.
fn after_conflict(app: &App, public_id: &str, text: String) -> Result<HttpResponse> {
    let hosted = app.invoice_hosted(public_id)?;
    if !hosted.invoice.is_payable() || hosted.waiting == Waiting::ForProcessor {
        return Ok(see_other(&path_of(public_id)));
    }
    Err(Error::Conflict(text))
}

/// The payment that the form asks for; `None` where `typed` now says what is wrong.
fn command(
    app: &App,
    client: Option<IpAddr>,
    invoice: &Invoice,
    fields: &Fields,
    typed: &mut Typed,
) -> Option<PayInvoice> {
    let amount = part(invoice, fields, typed);
    let tip = tip(invoice, fields, typed);
    let (pay_with, name) = match fields.text("method") {
        "bank" => (bank(fields, typed), fields.text("bank_name")),
        _ => (card(app, fields, typed), fields.text("card_name")),
    };
    let rejected_lines = rejected_lines(invoice, fields, typed);
    let billing = billing(invoice, name, typed);
    let shipping = if invoice.terms.require_shipping_details { address("shipping", typed) } else { None };
    let pay_with = pay_with.filter(|_| typed.errors.is_empty() && !is_wrong(typed))?;
    Some(PayInvoice {
        public_id: invoice.public_id.clone(),
        // A form without its version is as stale as one with another: no amount due is below zero.
        seen_due_minor: fields.text("version").parse().unwrap_or(-1),
        amount,
        tip,
        pay_with,
        billing,
        shipping,
        ip_address: client.map(|address| address.to_string()).unwrap_or_default(),
        wishes: PayWishes {
            rejected_lines,
            reject_message: fields.text("left_out_message").to_owned(),
            keep_method: typed.save,
        },
    })
}

fn is_wrong(typed: &Typed) -> bool {
    [&typed.billing, &typed.shipping].into_iter().flatten().any(|address| !address.errors.is_empty())
}

/// The lines left out; what is wrong with them is said at their list.
fn rejected_lines(invoice: &Invoice, fields: &Fields, typed: &mut Typed) -> Vec<InvoiceLineId> {
    let ids: Vec<InvoiceLineId> = typed.left_out.iter().filter_map(|id| InvoiceLineId::parse(id)).collect();
    if ids.is_empty() || !invoice.takes_line_choice() {
        return Vec::new();
    }
    if left_to_pay(invoice, &typed.left_out).is_none() {
        typed.wrong("rejected_items", "Leave at least one item to pay, or reject the whole invoice below");
    }
    let length = fields.text("left_out_message").chars().count();
    if !(1..=REJECT_MESSAGE_MAX).contains(&length) {
        typed.wrong("left_out_message", format!("Say why, in at most {REJECT_MESSAGE_MAX} characters"));
    }
    ids
}

fn part(invoice: &Invoice, fields: &Fields, typed: &mut Typed) -> Option<Money> {
    if !invoice.takes_part() {
        return None;
    }
    let due = invoice.due();
    match Money::parse_major(fields.text("amount"), due.currency()) {
        Ok(amount) if amount.minor() >= 1 && amount.minor() <= due.minor() => Some(amount),
        Ok(_) => {
            typed.wrong("amount", format!("Type an amount of more than zero and at most {due}"));
            None
        }
        Err(why) => {
            typed.wrong("amount", amount_problem(why));
            None
        }
    }
}

fn tip(invoice: &Invoice, fields: &Fields, typed: &mut Typed) -> Option<Money> {
    let text = fields.text("tip");
    if !invoice.terms.allow_tipping || text.is_empty() {
        return None;
    }
    match Money::parse_major(text, invoice.currency()) {
        // As much again as the whole invoice is a slip of the finger.
        Ok(tip) if (0..=invoice.totals.total.minor()).contains(&tip.minor()) => Some(tip),
        Ok(_) => {
            typed.wrong("tip", format!("Type a tip of at most {}", invoice.totals.total));
            None
        }
        Err(why) => {
            typed.wrong("tip", amount_problem(why));
            None
        }
    }
}

fn amount_problem(why: MoneyError) -> &'static str {
    match why {
        MoneyError::TooManyDecimals => "This currency has fewer decimals",
        MoneyError::NotANumber | MoneyError::Overflow | MoneyError::MixedCurrencies => {
            "Type an amount such as 12.50, without a currency"
        }
    }
}

fn card(app: &App, fields: &Fields, typed: &mut Typed) -> Option<PayWith> {
    let number = CardNumber::parse(fields.text("card_number"));
    let today = app.now().utc_date();
    let expiry = Expiry::parse(fields.text("card_expiry"), today);
    let cvc = Cvc::parse(fields.text("card_cvc"));
    if number.is_err() {
        typed.wrong("card_number", "Type the number as it stands on the card");
    }
    match &expiry {
        Err(_) => typed.wrong("card_expiry", "Type month and year as on the card, such as 08 / 28"),
        Ok(expiry) if expiry.is_expired(today) => typed.wrong("card_expiry", "This card has expired"),
        Ok(_) => {}
    }
    if cvc.is_err() {
        typed.wrong("card_cvc", "Type the 3 or 4 digits of the security code");
    }
    name(fields, "card_name", typed);
    Some(PayWith::Card { number: number.ok()?, expiry: expiry.ok()?, keyed: true, cvc: Some(cvc.ok()?) })
}

fn bank(fields: &Fields, typed: &mut Typed) -> Option<PayWith> {
    let routing = RoutingNumber::parse(fields.text("bank_routing"));
    let account = AccountNumber::parse(fields.text("bank_account"));
    if routing.is_err() {
        typed.wrong("bank_routing", "Type the nine digits of the routing number");
    }
    if account.is_err() {
        typed.wrong("bank_account", "Type the digits of the account number");
    }
    let account_type = match fields.text("bank_account_type") {
        "" | "checking" => AccountType::Checking,
        "savings" => AccountType::Savings,
        _ => {
            typed.wrong("bank_account_type", "Choose checking or savings");
            AccountType::Checking
        }
    };
    name(fields, "bank_name", typed);
    Some(PayWith::Ach { routing: routing.ok()?, account: account.ok()?, sec_code: SecCode::Web, account_type })
}

fn name(fields: &Fields, field: &str, typed: &mut Typed) {
    let length = fields.text(field).chars().count();
    if !(1..=100).contains(&length) {
        typed.wrong(field, "Type the name of the holder, at most 100 characters");
    }
}

/// The address typed in, or the invoice's with the holder's name.
fn billing(invoice: &Invoice, holder: &str, typed: &mut Typed) -> Option<Address> {
    if invoice.terms.require_billing_details_on_payment_only {
        return address("billing", typed);
    }
    let (first_name, last_name) = holder.rsplit_once(' ').unwrap_or(("", holder));
    let cut = |part: &str| part.trim().chars().take(crate::domain::address::NAME_MAX).collect();
    Some(Address { first_name: cut(first_name), last_name: cut(last_name), ..invoice.bill_to.clone() })
}

fn address(which: &str, typed: &mut Typed) -> Option<Address> {
    let form = if which == "billing" { typed.billing.as_mut()? } else { typed.shipping.as_mut()? };
    let AddressForm { first_name, last_name, company, address_line_1, address_line_2, city, .. } = form.clone();
    let AddressForm { state, postal_code, country, .. } = form.clone();
    for (field, value) in [
        ("last_name", &last_name),
        ("address_line_1", &address_line_1),
        ("city", &city),
        ("postal_code", &postal_code),
        ("country", &country),
    ] {
        if value.is_empty() {
            form.errors.insert(field.to_owned(), "This is needed".to_owned());
        }
    }
    if !country.is_empty() && !country::is_known(&country.to_ascii_uppercase()) {
        form.errors.insert("country".to_owned(), "Choose a country".to_owned());
    }
    let typed_in = Address {
        first_name,
        last_name,
        company,
        line_1: address_line_1,
        line_2: address_line_2,
        city,
        state,
        postal_code,
        country,
        ..Address::default()
    };
    match typed_in.checked("address_") {
        Ok(address) => Some(address).filter(|_| form.errors.is_empty()),
        Err(Error::Invalid { field, problem }) => {
            form.errors.insert(field, problem);
            None
        }
        Err(_) => None,
    }
}

/// The field of the form behind a field of the use case.
fn form_field(field: &str, method: &str) -> &'static str {
    let last = field.rsplit('.').next().unwrap_or(field);
    match last {
        "amount" => "amount",
        "tip" => "tip",
        "rejected_items" => "rejected_items",
        "reject_message" => "left_out_message",
        "number" => "card_number",
        "expiration_date" => "card_expiry",
        "cvc" => "card_cvc",
        "routing_number" => "bank_routing",
        "account_number" => "bank_account",
        _ if method == "bank" => "bank_account",
        _ => "card_number",
    }
}
