//! Rows of uploaded files: every column, every refusal with its column.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const SALE: &[(&str, &str)] =
    &[("transaction_type", "sale"), ("cc_number", "4111111111111111"), ("cc_expiration", "12/30"), ("amount", "100")];

/// `base` with `changes` made or added, as a header and its cells.
fn with(base: &[(&str, &str)], changes: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut pairs: Vec<(String, String)> = base.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    for (column, cell) in changes {
        match pairs.iter_mut().find(|(name, _)| name == column) {
            Some(pair) => (*cell).clone_into(&mut pair.1),
            None => pairs.push(((*column).to_owned(), (*cell).to_owned())),
        }
    }
    pairs.into_iter().unzip()
}

fn parse(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<RowOrder> {
    let (columns, cells) = with(base, changes);
    Row::new(&columns, &cells).parse(date(2026, 1, 1))
}

fn charge(changes: &[(&str, &str)]) -> RowCharge {
    match parse(SALE, changes) {
        Ok(RowOrder::Charge(charge)) => *charge,
        Ok(_) => panic!("not a charge"),
        Err(why) => panic!("{why}"),
    }
}

fn refusal(changes: &[(&str, &str)]) -> String {
    parse(SALE, changes).map_or_else(|why| why.to_string(), |_| "accepted".to_owned())
}

#[test]
fn a_header_names_known_columns_once_in_any_order() {
    let mut all = COLUMNS.to_vec();
    all.reverse();
    assert_eq!(parse_header(&all).expect("any order"), all);
    for (header, problem) in [
        (vec!["amount"], "does not name transaction_type"),
        (vec!["transaction_type", "amount", "amount"], "names amount twice"),
        (vec!["transaction_type", "4111111111111111"], "column 2 of the header is not known"),
        (vec!["Transaction_Type"], "column 1 of the header is not known"),
        (vec![], "does not name transaction_type"),
    ] {
        let said = parse_header(&header).expect_err("refused").to_string();
        assert!(said.contains(problem) && !said.contains("4111"), "{header:?}: {said}");
    }
}

#[test]
fn a_row_may_pay_with_a_card_a_bank_account_or_a_customer() {
    assert!(matches!(charge(&[("cc_cvc", "123")]).payment, RowPayment::Card { cvc: Some(_), .. }));
    let ach = [
        ("cc_number", ""),
        ("ach_account_number", "999999"),
        ("ach_routing_number", "021000021"),
        ("ach_account_type", "checking"),
        ("ach_sec_code", "WEB"),
    ];
    assert!(matches!(charge(&ach).payment, RowPayment::Ach { sec_code: SecCode::Web, .. }));
    let customer = [("cc_number", ""), ("customer_id", "shop-1"), ("payment_method_type", "ach")];
    assert!(
        matches!(charge(&customer).payment, RowPayment::Customer { payment_method_type: Some(kind), .. } if kind == "ach")
    );
}

#[test]
fn a_refusal_names_the_column() {
    for (column, cell) in [
        ("transaction_type", ""),
        ("transaction_type", "Sale"),
        ("transaction_type", "void"),
        ("cc_number", "4111111111111112"),
        ("cc_expiration", ""),
        ("cc_expiration", "13/30"),
        ("cc_expiration", "01/47"),
        ("cc_cvc", "12"),
        ("amount", ""),
        ("amount", "0"),
        ("amount", "1.00"),
        ("amount", "-1"),
        ("amount", "1e2"),
        ("amount", "99999999999999999999"),
        ("amount", "=1"),
        ("tax_amount", "x"),
        ("shipping_amount", "-5"),
        ("discount_amount", "1,0"),
        ("base_amount", "1.5"),
        ("surcharge", "a"),
        ("surcharge_exempt", "maybe"),
        ("tax_exempt", "perhaps"),
        ("order_id", "123456789012345678"),
        ("po_number", "123456789012345678"),
        ("email_address", "nobody"),
        ("processor_id", "a b"),
        ("currency", "XYZ"),
        ("ip_address", "1.2.3"),
        ("transaction_id", "0000000000000000"),
        ("billing_email", "nobody"),
        ("billing_country", "USA"),
        ("shipping_phone", "call me"),
    ] {
        let said = refusal(&[(column, cell)]);
        assert!(said.starts_with(&format!("invalid {column}: ")), "{column}={cell}: {said}");
        assert!(!said.contains("4111"), "{said}");
    }
    let long = "x".repeat(101);
    assert!(refusal(&[("description", &long)]).starts_with("invalid description: "));
    assert_eq!(charge(&[("description", &long[..100])]).description.len(), 100);
    assert_eq!(charge(&[("order_id", "12345678901234567")]).order_id.len(), 17);
    let line = "y".repeat(101);
    assert!(refusal(&[("shipping_address_line_2", &line)]).starts_with("invalid shipping_address_line_2: "));
    assert!(refusal(&[("customer_id", "shop-1")]).contains("only one of"));
    assert!(refusal(&[("cc_number", "")]).contains("cc_number: is required"));
    let tel = [
        ("cc_number", ""),
        ("ach_account_number", "999999"),
        ("ach_routing_number", "021000021"),
        ("ach_account_type", "checking"),
        ("ach_sec_code", "TEL"),
    ];
    assert!(refusal(&tel).contains("ach_sec_code"));
}

#[test]
fn amounts_are_whole_cents_and_the_base_carries_its_surcharge() {
    let sums = |changes: &[(&str, &str)]| {
        let charge = charge(changes);
        (charge.amount_minor, charge.base_minor, charge.surcharge_minor)
    };
    assert_eq!(sums(&[]), (100, 0, 0));
    assert_eq!(sums(&[("amount", ""), ("base_amount", "200"), ("surcharge", "5")]), (205, 200, 5));
    assert_eq!(sums(&[("amount", "0"), ("base_amount", "200")]), (200, 200, 0));
    assert_eq!(sums(&[("amount", "210"), ("base_amount", "200"), ("surcharge", "10")]), (210, 200, 10));
    assert!(refusal(&[("tax_amount", "60"), ("shipping_amount", "41")]).contains("less than its tax"));
    assert_eq!(charge(&[("tax_amount", "60"), ("shipping_amount", "40")]).tax_minor, 60);
    assert!(parse(SALE, &[("transaction_type", "verification"), ("amount", "0")]).is_ok());
    assert!(
        refusal(&[("amount", ""), ("base_amount", "9223372036854775807"), ("surcharge", "1")]).contains("too much")
    );
}

#[test]
fn captures_and_refunds_name_their_transaction() {
    let capture = [("transaction_type", "capture"), ("amount", ""), ("transaction_id", "0abc"), ("tax_amount", "5")];
    let order = parse(SALE, &capture).expect("a capture");
    assert_eq!(order.about().map(TransactionId::as_str), Some("0abc"));
    assert!(matches!(order, RowOrder::Capture { amount_minor: None, tax_minor: Some(5), .. }));
    let refund = parse(SALE, &[("transaction_type", "refund"), ("transaction_id", "0abc")]).expect("a refund");
    assert!(matches!(refund, RowOrder::Refund { amount_minor: Some(100), .. }));
    for kind in ["capture", "refund"] {
        assert!(refusal(&[("transaction_type", kind)]).contains("invalid transaction_id: is required"));
    }
}

#[test]
fn a_row_of_another_length_is_refused_and_still_shows_what_it_can() {
    let (columns, mut cells) = with(SALE, &[("order_id", "A-1")]);
    cells.pop();
    let row = Row::new(&columns, &cells);
    let said = row.parse(date(2026, 1, 1)).err().expect("refused").to_string();
    assert_eq!(said, "invalid row: has 4 fields, the header has 5");
    assert_eq!((row.facts().kind.as_str(), row.facts().amount_minor), ("sale", Some(100)));
}

proptest! {
    #[test]
    fn no_row_panics(cells in prop::collection::vec(".{0,30}", 0..60), kind in prop::sample::select(KINDS.to_vec())) {
        let columns: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        let mut cells = cells;
        if let Some(first) = cells.first_mut() {
            kind.clone_into(first);
        }
        let row = Row::new(&columns, &cells);
        row.facts();
        let _ = row.parse(date(2026, 1, 1)).is_ok();
    }
}
