//! What follows from what is charged: the test cards, tokens, bank routings and terminals, and nothing else.
//!
//! Pure: no chance, no clock beyond the request's own date. The same rows serve all dialects.

use serde::{Deserialize, Serialize};

use crate::domain::card::{CardNumber, Expiry};
use crate::domain::cardholder_authentication::CardholderAuthentication;
use crate::domain::fees::surcharge::Funding;
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::time::HOUR;
use crate::processors::{Hardness, Instrument, Operation, OperationKind, Request};

/// How a test card behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Approves.
    Approves,
    /// Declines every time.
    Declines(Refusal),
    /// Approves half where a partial approval is welcome, else declines for insufficient funds.
    ApprovesHalf,
    /// Approves, but its refunds decline.
    RefundDeclines,
    /// Waits for the customer, then approves or declines.
    Challenges {
        /// What happens when the customer confirms.
        then_approves: bool,
    },
    /// Takes the money; the answer never comes.
    AnswerLost,
    /// The request never arrives.
    RequestLost,
}

/// A refusal as the table states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Our response code.
    pub code: u16,
    /// Soft or hard.
    pub hardness: Hardness,
    /// The processor's code.
    pub processor_code: &'static str,
    /// The processor's text.
    pub processor_text: &'static str,
}

const fn refusal(code: u16, hardness: Hardness, processor_code: &'static str, text: &'static str) -> Refusal {
    Refusal { code, hardness, processor_code, processor_text: text }
}

const DECLINED: Refusal = refusal(200, Hardness::Soft, "05", "DECLINED");
const INSUFFICIENT: Refusal = refusal(202, Hardness::Soft, "51", "INSUFFICIENT FUNDS");
const EXPIRED: Refusal = refusal(223, Hardness::Hard, "54", "EXPIRED CARD");
const STOLEN: Refusal = refusal(250, Hardness::Hard, "43", "STOLEN CARD");
/// The simulator has no key of any reader.
const CANNOT_READ: Refusal = refusal(440, Hardness::Hard, "30", "CANNOT DECRYPT CARD DATA");
const TERMINAL_ERROR: Refusal = refusal(400, Hardness::Soft, "96", "TERMINAL ERROR");
const TERMINAL_UNKNOWN: Refusal = refusal(410, Hardness::Hard, "03", "UNKNOWN TERMINAL");
/// The customer did not confirm (3-D Secure).
pub(super) const UNCONFIRMED: Refusal = refusal(205, Hardness::Soft, "1A", "AUTHENTICATION FAILED");
/// The customer left the page of an alternative method, or never came back.
pub(super) const LEFT: Refusal = refusal(205, Hardness::Soft, "17", "CANCELLED BY CUSTOMER");
/// The customer's account at an alternative method refused.
pub(super) const APM_REFUSED: Refusal = DECLINED;
/// The earlier approval does not exist or is in no state for this.
pub(super) const NO_SUCH_RECORD: Refusal = refusal(204, Hardness::Hard, "25", "UNABLE TO LOCATE RECORD");
/// The amount is not possible.
pub(super) const BAD_AMOUNT: Refusal = refusal(220, Hardness::Hard, "13", "INVALID AMOUNT");
/// The request makes no sense.
pub(super) const BAD_FORMAT: Refusal = refusal(440, Hardness::Hard, "30", "FORMAT ERROR");
/// The refund of a charge whose refunds decline.
pub(super) const REFUND_REFUSED: Refusal = DECLINED;

/// A test card.
#[derive(Debug, Clone, Copy)]
pub struct TestCard {
    /// The token that stands for it.
    pub token: Option<&'static str>,
    /// Its number; not a secret.
    pub number: &'static str,
    /// Whether it is a debit card, which may not be surcharged.
    pub is_debit: bool,
    /// What it does.
    pub behaviour: Behaviour,
}

const fn card(token: &'static str, number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { token: Some(token), number, is_debit: false, behaviour }
}

const fn tokenless(number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { token: None, number, is_debit: false, behaviour }
}

/// Every test card. Any other valid number approves; any other token is refused by whoever reads it.
pub const CARDS: [TestCard; 16] = [
    card("tok_visa", "4242424242424242", Behaviour::Approves),
    card("tok_mastercard", "5555555555554444", Behaviour::Approves),
    card("tok_amex", "371449635398431", Behaviour::Approves),
    tokenless("378282246310005", Behaviour::Approves),
    TestCard { token: None, number: "4111111111111111", is_debit: true, behaviour: Behaviour::Approves },
    tokenless("4005519200000004", Behaviour::Approves),
    card("tok_chargeDeclined", "4000000000000002", Behaviour::Declines(DECLINED)),
    card("tok_chargeDeclinedInsufficientFunds", "4000000000009995", Behaviour::Declines(INSUFFICIENT)),
    card("tok_chargeDeclinedExpiredCard", "4000000000000069", Behaviour::Declines(EXPIRED)),
    card("tok_chargeDeclinedStolenCard", "4000000000009979", Behaviour::Declines(STOLEN)),
    tokenless("4000000000000051", Behaviour::ApprovesHalf),
    tokenless("4000000000000010", Behaviour::RefundDeclines),
    card("tok_threeDSecure2Required", "4000002500003155", Behaviour::Challenges { then_approves: true }),
    tokenless("4000008400001629", Behaviour::Challenges { then_approves: false }),
    card("tok_answerLost", "4000000000003220", Behaviour::AnswerLost),
    tokenless("4000000000003063", Behaviour::RequestLost),
];

/// The card a token stands for.
pub fn card_of_token(token: &str) -> Option<CardNumber> {
    let row = CARDS.iter().find(|row| row.token == Some(token))?;
    CardNumber::parse(row.number).ok()
}

/// The row of a card, where it has one.
pub fn row_of_card(number: &CardNumber) -> Option<&'static TestCard> {
    CARDS.iter().find(|row| row.number == number.expose())
}

/// How the cards with these first six digits are paid for: debit where the table says so, else credit for every range
/// that a scheme hands out.
pub fn funding(first_six: &str) -> Option<Funding> {
    let is_debit = |row: &TestCard| row.is_debit && row.number.starts_with(first_six);
    if first_six.len() != 6 || !first_six.starts_with(['2', '3', '4', '5', '6']) {
        return None;
    }
    Some(if CARDS.iter().any(is_debit) { Funding::Debit } else { Funding::Credit })
}

/// How long after the charge a bank debit with routing 000000001 comes back, microseconds.
pub const RETURN_AFTER_US: i64 = 24 * HOUR;
/// How long after the charge a bank debit with routing 000000002 comes back (late), microseconds.
pub const LATE_RETURN_AFTER_US: i64 = 72 * HOUR;

/// What the table says of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ruling {
    /// The answer.
    pub(super) verdict: Verdict,
    /// Whether refunds of it decline.
    pub(super) refunds_decline: bool,
    /// Whether it comes back after settlement, and whether late.
    pub(super) returns_late: Option<bool>,
    /// Address verification.
    pub(super) avs: char,
    /// Security code verification.
    pub(super) cvv: char,
}

/// The answer the table gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// Approved, for this many minor units of which so many are a tip.
    Approve { minor: i64, tip_minor: Option<i64>, code: u16, processor_code: String, processor_text: String },
    /// Declined.
    Decline { code: u16, hardness: Hardness, processor_code: String, processor_text: String },
    /// Waits for the customer, then this.
    Challenge { then: Box<Self> },
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Decline {
            code: refusal.code,
            hardness: refusal.hardness,
            processor_code: refusal.processor_code.to_owned(),
            processor_text: refusal.processor_text.to_owned(),
        }
    }
}

/// What gets lost on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Nothing,
    Request,
    Answer,
}

/// What the table says of `request`. For what follows an approval the book has the last word.
pub(super) fn rule(request: &Request) -> (Ruling, Loss) {
    if request.operation.of().is_some() {
        return (plain(approve(request.amount, "00")), Loss::Nothing);
    }
    if !request.amount.is_positive() && request.operation != Operation::Verify {
        return (plain(BAD_AMOUNT.into()), Loss::Nothing);
    }
    match &request.instrument {
        Instrument::Card { number, expiry, .. } => rule_card(request, number, *expiry),
        Instrument::Read(read) => match read.card() {
            Some((number, expiry)) => rule_card(request, &number, expiry),
            None => (plain(CANNOT_READ.into()), Loss::Nothing),
        },
        Instrument::BankAccount { routing, .. } => (rule_bank(request.amount, routing.as_str()), Loss::Nothing),
        Instrument::Terminal { tpn } => (plain(rule_terminal(request.amount, tpn)), Loss::Nothing),
        Instrument::Apm { .. } => {
            let then = Box::new(approve(request.amount, "00"));
            (plain(Verdict::Challenge { then }), Loss::Nothing)
        }
        Instrument::Earlier => (plain(BAD_FORMAT.into()), Loss::Nothing),
    }
}

/// An expired date declines before the card's own row is looked at.
fn rule_card(request: &Request, number: &CardNumber, expiry: Expiry) -> (Ruling, Loss) {
    let behaviour = if expiry.is_expired(request.today) {
        Behaviour::Declines(EXPIRED)
    } else {
        row_of_card(number).map_or(Behaviour::Approves, |row| row.behaviour)
    };
    let approved = approve(request.amount, "00");
    let is_authenticated = request.authentication.as_ref().is_some_and(CardholderAuthentication::is_proven);
    let verdict = match behaviour {
        Behaviour::Approves | Behaviour::RefundDeclines | Behaviour::AnswerLost | Behaviour::RequestLost => approved,
        Behaviour::Declines(refusal) => refusal.into(),
        Behaviour::ApprovesHalf => approve_half(request),
        // Nobody stands before a screen when money is given.
        Behaviour::Challenges { .. } if request.operation == Operation::Credit => approved,
        // The merchant has asked already.
        Behaviour::Challenges { then_approves } if is_authenticated => {
            if then_approves {
                approved
            } else {
                DECLINED.into()
            }
        }
        Behaviour::Challenges { then_approves: true } => Verdict::Challenge { then: Box::new(approved) },
        Behaviour::Challenges { then_approves: false } => Verdict::Challenge { then: Box::new(DECLINED.into()) },
    };
    let ruling = Ruling {
        verdict,
        refunds_decline: behaviour == Behaviour::RefundDeclines,
        returns_late: None,
        avs: match request.postal_code.as_deref() {
            None | Some("") => '0',
            Some("20000") => 'N',
            Some(_) => 'Y',
        },
        cvv: if request.cvc.as_ref().is_some_and(|cvc| cvc.expose() == "200") { 'N' } else { 'M' },
    };
    let loss = match behaviour {
        Behaviour::AnswerLost => Loss::Answer,
        Behaviour::RequestLost => Loss::Request,
        _ => Loss::Nothing,
    };
    (ruling, loss)
}

fn rule_bank(amount: Money, routing: &str) -> Ruling {
    match routing {
        "000000000" => plain(DECLINED.into()),
        "000000001" => Ruling { returns_late: Some(false), ..plain(approve_bank(amount)) },
        "000000002" => Ruling { returns_late: Some(true), ..plain(approve_bank(amount)) },
        _ => plain(approve_bank(amount)),
    }
}

/// Terminal 4 adds a tip of 15 %, within the approved amount as the gateway counts it.
fn rule_terminal(amount: Money, tpn: &str) -> Verdict {
    match tpn {
        "000000000001" => approve(amount, "00"),
        "000000000002" => DECLINED.into(),
        "000000000003" => TERMINAL_ERROR.into(),
        "000000000004" => {
            let tip = share(amount, 15_000);
            match tip.and_then(|tip| Some((tip, amount.plus(tip).ok()?))) {
                Some((tip, total)) => with_tip(approve(total, "00"), tip),
                None => BAD_AMOUNT.into(),
            }
        }
        _ => TERMINAL_UNKNOWN.into(),
    }
}

fn approve_half(request: &Request) -> Verdict {
    let holds_money = matches!(request.operation.kind(), OperationKind::Sale | OperationKind::Authorize);
    if !holds_money {
        return approve(request.amount, "00");
    }
    match share(request.amount, 50_000).filter(|_| request.allow_partial) {
        Some(half) => Verdict::Approve {
            minor: half.minor(),
            tip_minor: None,
            code: 110,
            processor_code: "10".to_owned(),
            processor_text: "PARTIAL APPROVAL TAS000 ".to_owned(),
        },
        None => INSUFFICIENT.into(),
    }
}

fn share(amount: Money, thousandths: u32) -> Option<Money> {
    Rate::from_thousandths(thousandths)?.of(amount).ok()
}

fn approve(amount: Money, processor_code: &str) -> Verdict {
    Verdict::Approve {
        minor: amount.minor(),
        tip_minor: None,
        code: 100,
        processor_code: processor_code.to_owned(),
        processor_text: "APPROVAL TAS000 ".to_owned(),
    }
}

/// Bank debits answer "000", "Successful" (facts-gateway.md, ach).
fn approve_bank(amount: Money) -> Verdict {
    Verdict::Approve {
        minor: amount.minor(),
        tip_minor: None,
        code: 100,
        processor_code: "000".to_owned(),
        processor_text: "Successful".to_owned(),
    }
}

fn with_tip(verdict: Verdict, tip: Money) -> Verdict {
    match verdict {
        Verdict::Approve { minor, code, processor_code, processor_text, .. } => {
            Verdict::Approve { minor, tip_minor: Some(tip.minor()), code, processor_code, processor_text }
        }
        other => other,
    }
}

/// A ruling without card checks.
fn plain(verdict: Verdict) -> Ruling {
    Ruling { verdict, refunds_decline: false, returns_late: None, avs: '0', cvv: '0' }
}
