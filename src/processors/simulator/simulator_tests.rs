//! Every row of the simulator's table, follow-ups, references, and a book that survives.

use futures_util::future::FutureExt as _;
use jiff::civil::{Date, date};

use super::*;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::currency::Currency;
use crate::domain::time::HOUR;
use crate::processors::{Approval, Decline, Hardness, Instrument, Operation};

pub(super) const TODAY: Date = date(2026, 11, 20);
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);
pub(super) const VISA: &str = "4242424242424242";

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("a small amount")
}

pub(super) fn card(number: &str) -> Instrument {
    Instrument::Card {
        number: CardNumber::parse(number).expect("a valid number"),
        expiry: Expiry::new(12, 2030).expect("a valid month"),
        keyed: true,
    }
}

fn bank(routing: &str) -> Instrument {
    Instrument::BankAccount {
        routing: RoutingNumber::parse(routing).expect("a valid routing number"),
        account: AccountNumber::parse("123456789").expect("a valid account number"),
        sec_code: SecCode::Web,
        account_type: AccountType::Checking,
    }
}

pub(super) fn request(reference: &str, operation: Operation, minor: i64, instrument: Instrument) -> Request {
    Request {
        reference: reference.to_owned(),
        operation,
        amount: usd(minor),
        instrument,
        allow_partial: false,
        cvc: None,
        authentication: None,
        proof: None,
        postal_code: None,
        now: NOW,
        today: TODAY,
    }
}

pub(super) fn sale(reference: &str, number: &str) -> Request {
    request(reference, Operation::Sale, 1001, card(number))
}

pub(super) fn commit(simulator: &Simulator, handle: Option<&str>, request: &Request) -> Outcome {
    simulator.commit(handle, request).now_or_never().expect("the simulator answers at once")
}

pub(super) fn charge(simulator: &Simulator, request: &Request) -> Outcome {
    commit(simulator, None, request)
}

pub(super) fn find(simulator: &Simulator, reference: &str, now: Timestamp) -> Lookup {
    simulator.find(reference, now).now_or_never().expect("the simulator answers at once")
}

pub(super) fn status(simulator: &Simulator, handle: &str, now: Timestamp) -> Lookup {
    simulator.status(handle, now).now_or_never().expect("the simulator answers at once")
}

pub(super) fn in_memory(settings: Settings) -> Simulator {
    Simulator::open(None, settings).expect("a book in memory opens")
}

fn approval(outcome: Outcome) -> Approval {
    match outcome {
        Outcome::Approved(approval) => approval,
        other => panic!("not approved: {other:?}"),
    }
}

fn decline(outcome: Outcome) -> Decline {
    match outcome {
        Outcome::Declined(decline) => decline,
        other => panic!("not declined: {other:?}"),
    }
}

/// (what, code, processor code, minor units), short enough to stand in a table.
fn brief(outcome: &Outcome) -> (&'static str, u16, String, i64) {
    match outcome {
        Outcome::Approved(a) => ("approved", a.response_code, a.processor_code.clone(), a.amount.minor()),
        Outcome::Declined(d) => {
            (if d.hardness == Hardness::Soft { "soft" } else { "hard" }, d.code, d.processor_code.clone(), 0)
        }
        Outcome::ActionRequired { .. } => ("waits", 99, String::new(), 0),
        Outcome::Unknown { .. } => ("unknown", 0, String::new(), 0),
    }
}

fn found(lookup: Lookup) -> (&'static str, u16, String, i64) {
    match lookup {
        Lookup::Approved(a) => brief(&Outcome::Approved(a)),
        Lookup::Declined(d) => brief(&Outcome::Declined(d)),
        Lookup::ActionRequired { handle } => brief(&Outcome::ActionRequired { handle }),
        Lookup::Absent => ("absent", 0, String::new(), 0),
        other => panic!("unexpected look-up: {other:?}"),
    }
}

#[test]
fn every_card_of_the_table_does_what_its_row_says() {
    // (number, partial welcome, answer, code, processor code, approved, what a look-up says)
    for (number, partial, answer, code, processor_code, minor, looked_up) in [
        ("4242424242424242", false, "approved", 100, "00", 1001, "approved"),
        ("5555555555554444", false, "approved", 100, "00", 1001, "approved"),
        ("378282246310005", false, "approved", 100, "00", 1001, "approved"),
        ("371449635398431", false, "approved", 100, "00", 1001, "approved"),
        ("4111111111111111", false, "approved", 100, "00", 1001, "approved"),
        ("4005519200000004", false, "approved", 100, "00", 1001, "approved"),
        ("6011111111111117", true, "approved", 100, "00", 1001, "approved"), // any other number
        ("4000000000000002", false, "soft", 200, "05", 0, "soft"),
        ("4000000000009995", false, "soft", 202, "51", 0, "soft"),
        ("4000000000000069", false, "hard", 223, "54", 0, "hard"),
        ("4000000000009979", false, "hard", 250, "43", 0, "hard"),
        ("4000000000000051", true, "approved", 110, "10", 501, "approved"), // half of 10.01, half away from zero
        ("4000000000000051", false, "soft", 202, "51", 0, "soft"),
        ("4000000000000010", false, "approved", 100, "00", 1001, "approved"),
        ("4000002500003155", false, "waits", 99, "", 0, "waits"),
        ("4000008400001629", false, "waits", 99, "", 0, "waits"),
        ("4000000000003220", false, "unknown", 0, "", 0, "approved"),
        ("4000000000003063", false, "unknown", 0, "", 0, "absent"),
    ] {
        let simulator = in_memory(Settings::default());
        let outcome = charge(&simulator, &Request { allow_partial: partial, ..sale("r", number) });
        assert_eq!(brief(&outcome), (answer, code, processor_code.to_owned(), minor), "{number}");
        assert_eq!(found(find(&simulator, "r", NOW)).0, looked_up, "{number}");
    }
}

#[test]
fn tokens_stand_for_cards() {
    for (token, number) in [
        ("tok_visa", Some("4242424242424242")),
        ("tok_mastercard", Some("5555555555554444")),
        ("tok_amex", Some("371449635398431")),
        ("tok_chargeDeclined", Some("4000000000000002")),
        ("tok_chargeDeclinedInsufficientFunds", Some("4000000000009995")),
        ("tok_chargeDeclinedExpiredCard", Some("4000000000000069")),
        ("tok_chargeDeclinedStolenCard", Some("4000000000009979")),
        ("tok_threeDSecure2Required", Some("4000002500003155")),
        ("tok_answerLost", Some("4000000000003220")),
        ("tok_nobody", None),
        ("", None),
    ] {
        assert_eq!(card_of_token(token).map(|card| card.expose().to_owned()).as_deref(), number, "{token}");
    }
    for row in table::CARDS {
        assert!(CardNumber::parse(row.number).is_ok(), "{}", row.number);
        assert_eq!(row.is_debit, row.number == "4111111111111111", "{}", row.number);
    }
}

#[test]
fn an_expired_card_declines_whatever_else_it_would_do() {
    for number in ["4242424242424242", "4000000000003063", "4000002500003155"] {
        let simulator = in_memory(Settings::default());
        let mut request = sale("r", number);
        let number = CardNumber::parse(number).expect("a valid number");
        request.instrument = Instrument::Card { number, expiry: Expiry::new(10, 2026).expect("a month"), keyed: true };
        assert_eq!(brief(&charge(&simulator, &request)), ("hard", 223, "54".to_owned(), 0));
    }
}

#[test]
fn security_code_and_postal_code_are_verified() {
    for (cvc, postal_code, cvv, avs) in [
        (Some("200"), Some("20000"), 'N', 'N'),
        (Some("123"), Some("90210"), 'M', 'Y'),
        (None, None, 'M', '0'),
        (None, Some(""), 'M', '0'),
    ] {
        for number in [VISA, "4000000000000002"] {
            let request = Request {
                cvc: cvc.map(|cvc| Cvc::parse(cvc).expect("a valid code")),
                proof: None,
                postal_code: postal_code.map(str::to_owned),
                ..sale("r", number)
            };
            let checks = match charge(&in_memory(Settings::default()), &request) {
                Outcome::Approved(approval) => (approval.cvv, approval.avs),
                Outcome::Declined(decline) => (decline.cvv, decline.avs),
                other => panic!("unexpected: {other:?}"),
            };
            assert_eq!(checks, (cvv, avs), "{cvc:?} {postal_code:?} {number}");
        }
    }
}

#[test]
fn bank_debits_decline_or_come_back_by_routing_number() {
    let returned = |late| Lookup::Returned { late };
    for (routing, returns) in [("000000001", Some((24, false))), ("000000002", Some((72, true))), ("021000021", None)] {
        let simulator = in_memory(Settings::default());
        let approval = approval(charge(&simulator, &request("r", Operation::Sale, 500, bank(routing))));
        assert_eq!((approval.response_code, approval.processor_code.as_str()), (100, "000"));
        let (hours, late) = returns.unwrap_or((10_000, false));
        let before = NOW.plus(hours * HOUR - 1);
        assert_eq!(status(&simulator, &approval.handle, before), Lookup::Approved(approval.clone()), "{routing}");
        let after = status(&simulator, &approval.handle, NOW.plus(hours * HOUR));
        assert_eq!(after == returned(late), returns.is_some(), "{routing}");
        assert_eq!(find(&simulator, "r", NOW.plus(hours * HOUR)), after, "{routing}");
    }
    let simulator = in_memory(Settings::default());
    let outcome = charge(&simulator, &request("r", Operation::Sale, 500, bank("000000000")));
    assert_eq!(brief(&outcome), ("soft", 200, "05".to_owned(), 0));
}

#[test]
fn a_voided_bank_debit_does_not_come_back() {
    let simulator = in_memory(Settings::default());
    let handle = approval(charge(&simulator, &request("r", Operation::Sale, 500, bank("000000001")))).handle;
    let void = request("v", Operation::Void { of: handle.clone() }, 0, Instrument::Earlier);
    assert_eq!(brief(&charge(&simulator, &void)).0, "approved");
    assert!(matches!(status(&simulator, &handle, NOW.plus(100 * HOUR)), Lookup::Approved(_)));
}

#[test]
fn terminals_answer_by_their_number() {
    for (tpn, answer, code, minor, tip) in [
        ("000000000001", "approved", 100, 1000, None),
        ("000000000002", "soft", 200, 0, None),
        ("000000000003", "soft", 400, 0, None),
        ("000000000004", "approved", 100, 1150, Some(150)),
        ("000000000005", "hard", 410, 0, None),
    ] {
        let simulator = in_memory(Settings::default());
        let instrument = Instrument::Terminal { tpn: tpn.to_owned() };
        let outcome = charge(&simulator, &request("r", Operation::Sale, 1000, instrument));
        let (said, said_code, _, said_minor) = brief(&outcome);
        assert_eq!((said, said_code, said_minor), (answer, code, minor), "{tpn}");
        if let Outcome::Approved(approval) = outcome {
            assert_eq!(approval.tip, tip.map(usd), "{tpn}");
        }
    }
}

#[test]
fn the_customers_answer_decides_a_challenge_once() {
    // (card, confirmed, what then, code)
    for (number, success, answer, code) in [
        ("4000002500003155", true, "approved", 100),
        ("4000002500003155", false, "soft", 205),
        ("4000008400001629", true, "soft", 200),
        ("4000008400001629", false, "soft", 205),
    ] {
        let simulator = in_memory(Settings::default());
        let Outcome::ActionRequired { handle } = charge(&simulator, &sale("r", number)) else {
            panic!("{number} does not wait");
        };
        let shown = simulator.challenge(&handle).expect("there is a challenge");
        assert_eq!((shown.amount, shown.is_open), (usd(1001), true));
        assert!(simulator.approvals("r").is_empty());
        let (said, said_code, ..) = found(simulator.confirm(&handle, success, NOW.plus(HOUR)));
        assert_eq!((said, said_code), (answer, code), "{number} {success}");
        let again = found(simulator.confirm(&handle, !success, NOW.plus(2 * HOUR)));
        assert_eq!((again.0, again.1), (answer, code), "a second answer changes nothing");
        assert_eq!(brief(&charge(&simulator, &sale("r", number))).0, answer, "a resend learns how it went");
        assert!(!simulator.challenge(&handle).expect("there is a challenge").is_open);
    }
    assert_eq!(in_memory(Settings::default()).confirm("sim_none", true, NOW), Lookup::Absent);
}

#[test]
fn a_handle_that_waits_for_the_customer_is_not_tried_again() {
    let simulator = in_memory(Settings { mode: Mode::TwoStep, ..Settings::default() });
    let first = sale("r1", "4000002500003155");
    let prepared = simulator.prepare(&first).now_or_never().expect("the simulator answers at once");
    let Prepared::Handle(handle) = prepared else {
        panic!("not prepared: {prepared:?}");
    };
    let waits = commit(&simulator, Some(&handle), &first);
    assert_eq!(waits, Outcome::ActionRequired { handle: handle.clone() });
    assert_eq!(commit(&simulator, Some(&handle), &sale("r2", VISA)), waits, "another attempt finds it waiting");
    assert!(matches!(simulator.confirm(&handle, true, NOW), Lookup::Approved(_)));
    assert_eq!(simulator.charges().len(), 2, "waiting, then approved");
}

#[test]
fn captures_voids_and_refunds_follow_the_approval() {
    let simulator = in_memory(Settings::default());
    let mut count = 0;
    let mut ask = |operation: Operation, minor: i64, instrument: Instrument| {
        count += 1;
        charge(&simulator, &request(&format!("r{count}"), operation, minor, instrument))
    };
    let held = approval(ask(Operation::Authorize, 1000, card(VISA))).handle;
    let capture = || Operation::Capture { of: held.clone() };
    let refund = |of: &str| Operation::Refund { of: of.to_owned() };
    let void = |of: &str| Operation::Void { of: of.to_owned() };
    assert_eq!(decline(ask(refund(&held), 1, Instrument::Earlier)).code, 204, "nothing was taken yet");
    assert_eq!(decline(ask(capture(), 1201, Instrument::Earlier)).code, 220, "more than was held and a tip may add");
    let taken = approval(ask(capture(), 800, Instrument::Earlier));
    assert_eq!(taken.amount, usd(800));
    assert_eq!(decline(ask(capture(), 100, Instrument::Earlier)).code, 204, "captured once");
    assert_eq!(decline(ask(refund(&held), 801, Instrument::Earlier)).code, 220);
    assert_eq!(approval(ask(refund(&held), 300, Instrument::Earlier)).amount, usd(300));
    let second = approval(ask(refund(&taken.handle), 500, Instrument::Earlier)).handle;
    assert_eq!(decline(ask(refund(&held), 1, Instrument::Earlier)).code, 220, "all of it went back");
    assert_eq!(decline(ask(void(&held), 0, Instrument::Earlier)).code, 204, "refunded");
    approval(ask(void(&second), 0, Instrument::Earlier));
    approval(ask(refund(&held), 500, Instrument::Earlier));

    let sold = approval(ask(Operation::Sale, 700, card(VISA))).handle;
    approval(ask(void(&sold), 0, Instrument::Earlier));
    assert_eq!(decline(ask(void(&sold), 0, Instrument::Earlier)).code, 204, "voided once");
    assert_eq!(decline(ask(refund(&sold), 1, Instrument::Earlier)).code, 204, "voided");
    assert_eq!(decline(ask(refund("sim_none"), 1, Instrument::Earlier)).code, 204);
    let adjust = |of: &str| Operation::Adjust { of: of.to_owned() };
    assert_eq!(decline(ask(adjust(&sold), 700, Instrument::Earlier)).code, 204, "voided");
    let eaten = approval(ask(Operation::Sale, 1000, card(VISA))).handle;
    assert_eq!(decline(ask(adjust(&eaten), 1201, Instrument::Earlier)).code, 220, "a tip adds a fifth at most");
    assert_eq!(decline(ask(adjust(&eaten), 0, Instrument::Earlier)).code, 220);
    for total in [1200, 1100] {
        assert_eq!(approval(ask(adjust(&eaten), total, Instrument::Earlier)).amount, usd(total));
    }
    assert_eq!(decline(ask(refund(&eaten), 1101, Instrument::Earlier)).code, 220, "the newest total counts");
    approval(ask(refund(&eaten), 1100, Instrument::Earlier));
    assert_eq!(decline(ask(adjust(&eaten), 1000, Instrument::Earlier)).code, 204, "refunded");
    let waiting = approval(ask(Operation::Authorize, 1000, card(VISA))).handle;
    assert_eq!(decline(ask(adjust(&waiting), 1000, Instrument::Earlier)).code, 204, "nothing was taken yet");
    let stubborn = approval(ask(Operation::Sale, 700, card("4000000000000010"))).handle;
    assert_eq!(decline(ask(refund(&stubborn), 700, Instrument::Earlier)).code, 200);
    assert_eq!(decline(ask(Operation::Sale, 0, card(VISA))).code, 220);
    assert_eq!(decline(ask(Operation::Sale, 5, Instrument::Earlier)).code, 440);
    approval(ask(Operation::Verify, 0, card(VISA)));
    approval(ask(Operation::Credit, 5, card("4000002500003155")));
}

#[test]
fn a_reference_is_remembered_within_its_window_only() {
    let simulator = in_memory(Settings::default());
    let first = charge(&simulator, &sale("r", VISA));
    let later = |micros: i64| Request { now: NOW.plus(micros), ..sale("r", VISA) };
    assert_eq!(charge(&simulator, &later(DAY - 1)), first);
    let other = Request { amount: usd(5), ..sale("r", VISA) };
    assert!(matches!(charge(&simulator, &other), Outcome::Unknown { .. }), "other content is no answer to act on");
    assert_eq!(simulator.approvals("r").len(), 1);
    assert_ne!(charge(&simulator, &later(DAY)), first);
    assert_eq!(simulator.approvals("r").len(), 2, "after the window the key protects nothing");

    let forgetful = in_memory(Settings { idempotency_window_us: None, ..Settings::default() });
    charge(&forgetful, &sale("r", VISA));
    charge(&forgetful, &sale("r", VISA));
    assert_eq!(forgetful.approvals("r").len(), 2);
}

#[test]
fn the_book_survives_and_drops_a_line_cut_short() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bank.jsonl");
    let open = || Simulator::open(Some(&path), Settings::default()).expect("the book opens");
    let simulator = open();
    let first = charge(&simulator, &sale("r", VISA));
    charge(&simulator, &sale("waits", "4000002500003155"));
    charge(&simulator, &request("ach", Operation::Sale, 500, bank("021000021")));
    simulator.faults().plan(1, Fault::DelayEffect { micros: HOUR });
    charge(&simulator, &sale("stuck", VISA));
    let charges = simulator.charges();
    assert_eq!(charges.len(), 3);
    drop(simulator);

    let whole = std::fs::read(&path).expect("the book is there");
    let text = String::from_utf8(whole.clone()).expect("the book is text");
    assert!(!text.contains(VISA) && !text.contains("4000002500003155") && !text.contains("123456789"));
    let torn = [b'x'; 10_000]; // longer than the lines that overwrite it
    std::fs::write(&path, [&whole[..], &torn].concat()).expect("the book can be written");
    let simulator = open();
    assert_eq!(simulator.charges(), charges);
    assert_eq!(charge(&simulator, &sale("r", VISA)), first, "references are remembered across a restart");
    charge(&simulator, &sale("next", VISA));
    drop(simulator);

    let simulator = open();
    assert!(matches!(find(&simulator, "next", NOW), Lookup::Approved(_)), "the torn line is overwritten");
    assert_eq!(find(&simulator, "stuck", NOW), Lookup::Absent);
    assert!(matches!(find(&simulator, "stuck", NOW.plus(HOUR)), Lookup::Approved(_)), "it lands after a restart too");
    drop(simulator);
    let simulator = open();
    simulator.land(NOW.plus(DAY));
    assert_eq!(simulator.approvals("stuck").len(), 1, "it lands once");
    let length = || std::fs::metadata(&path).expect("the book is there").len();
    simulator.faults().plan(1, Fault::DelayEffect { micros: HOUR });
    charge(&simulator, &sale("again", VISA));
    charge(&simulator, &sale("again", VISA));
    simulator.land(NOW.plus(HOUR));
    let landed = length();
    simulator.land(NOW.plus(2 * HOUR));
    assert_eq!(length(), landed, "what has landed without an effect is not looked at again");

    std::fs::write(&path, b"nonsense\n").expect("the book can be written");
    assert!(Simulator::open(Some(&path), Settings::default()).is_err(), "a whole bad line is not passed over");
}
