//! What may follow what: every state of an invoice against everything that can happen to it.

use super::super::left_out::tests::{invoice, usd};
use super::super::price::{NewLine, TaxRule};
use super::super::{Invoice, LineStatus};
use super::*;

const BEFORE: Timestamp = Timestamp::from_micros(-1);
const AFTER: Timestamp = Timestamp::from_micros(1);

/// An invoice of 10.00 in this state, due at the instant 0; a paid one is paid, one paid in part has 4.00 paid.
fn standing(status: InvoiceStatus) -> Invoice {
    let mut one = invoice(vec![NewLine::of("Widget", usd(1000))], TaxRule::ByLine, 0, 0);
    one.status = status;
    match status {
        InvoiceStatus::Paid => {
            one.paid = usd(1000);
            one.lines[0].status = LineStatus::Paid;
        }
        InvoiceStatus::PartiallyPaid => one.paid = usd(400),
        _ => {}
    }
    one
}

/// One state: whether it can be paid, changed or rejected, deleted; whether its date makes it past due; what a
/// decline, a part and the whole make of it.
type Row = (InvoiceStatus, [bool; 4], InvoiceStatus);

#[test]
fn every_state_allows_what_the_table_says() {
    use InvoiceStatus as S;
    // (state, [is paid, is changed or rejected, is deleted, becomes past due], after a decline)
    let table: [Row; 10] = [
        (S::Pending, [true, true, true, true], S::Declined),
        (S::Paid, [false, false, false, false], S::Paid),
        (S::PartiallyPaid, [true, false, false, true], S::PartiallyPaid),
        (S::Authorized, [false, false, false, false], S::Authorized),
        (S::PayingViaMail, [true, true, true, false], S::Declined),
        (S::Declined, [true, true, true, true], S::Declined),
        (S::Failed, [true, true, true, false], S::Declined),
        (S::Rejected, [false, false, true, false], S::Rejected),
        (S::PastDue, [true, true, true, false], S::Declined),
        (S::Void, [false, false, true, false], S::Void),
    ];
    assert_eq!(table.len(), S::ALL.len(), "every state has its row");
    for (status, expected, declined) in table {
        let one = standing(status);
        let may =
            [one.is_payable(), untouched(&one, "changed").is_ok(), deletable(&one).is_ok(), status.becomes_past_due()];
        assert_eq!(may, expected, "{status:?}");
        let mut tried = one.clone();
        decline(&mut tried);
        assert_eq!(tried.status, declined, "{status:?} declined");
        if one.is_payable() {
            let mut part = one.clone();
            pay(&mut part, usd(100)).expect("money is taken");
            assert_eq!(part.status, S::PartiallyPaid, "{status:?} and a part");
            let mut whole = one.clone();
            pay(&mut whole, one.due()).expect("money is taken");
            assert_eq!((whole.status, whole.lines[0].status), (S::Paid, LineStatus::Paid), "{status:?} and the rest");
        }
    }
}

#[test]
fn what_is_undone_stands_where_its_date_and_its_payments_say() {
    for (paid, undone, now, expected) in [
        (1000, 1000, BEFORE, InvoiceStatus::Pending),
        (1000, 1000, AFTER, InvoiceStatus::PastDue),
        (1000, 400, BEFORE, InvoiceStatus::PartiallyPaid),
        (1000, 400, AFTER, InvoiceStatus::PastDue),
    ] {
        let mut one = standing(InvoiceStatus::Paid);
        one.paid = usd(paid);
        unpay(&mut one, usd(undone), now).expect("that much was paid");
        assert_eq!((one.status, one.lines[0].status), (expected, LineStatus::Pending), "{undone} of {paid}");
    }
    assert!(unpay(&mut standing(InvoiceStatus::Paid), usd(1001), BEFORE).is_err(), "more than was paid");
    assert!(pay(&mut standing(InvoiceStatus::Pending), usd(0)).is_err(), "nothing is no payment");
}

/// A line that was left out is neither paid nor owed again with the others.
#[test]
fn a_line_left_out_stays_so() {
    let mut one = standing(InvoiceStatus::Pending);
    one.lines[0].status = LineStatus::Rejected;
    one.totals.total = usd(0);
    settle_status(&mut one);
    assert_eq!((one.status, one.lines[0].status), (InvoiceStatus::Paid, LineStatus::Rejected));
    reopen(&mut one, BEFORE);
    assert_eq!(one.lines[0].status, LineStatus::Rejected);
}
