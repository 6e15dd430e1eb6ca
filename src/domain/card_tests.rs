//! Card rules as tables.

use jiff::civil::date;

use super::*;

#[test]
fn numbers_are_length_and_luhn_checked_and_know_their_brand() {
    for (text, brand) in [
        ("4242424242424242", Some(Brand::Visa)),
        ("4242 4242-4242 4242", Some(Brand::Visa)),
        ("4012000098765439", Some(Brand::Visa)),
        ("5555555555554444", Some(Brand::Mastercard)),
        ("2223003122003222", Some(Brand::Mastercard)),
        ("378282246310005", Some(Brand::Amex)),
        ("371449635398431", Some(Brand::Amex)),
        ("6011111111111117", Some(Brand::Discover)),
        ("30569309025904", Some(Brand::Diners)),
        ("38520000023237", Some(Brand::Diners)),
        ("3530111333300000", Some(Brand::Jcb)),
        ("6200000000000005", Some(Brand::UnionPay)),
        ("9000000000000001", Some(Brand::Unknown)),
        ("9000000000000002", None), // Luhn fails
        ("4242424242424241", None),
        ("42424242424", None),
        ("42424242424242424242", None),
        ("4242x42424242424", None),
        ("４242424242424242", None), // a full-width digit
        ("", None),
    ] {
        assert_eq!(CardNumber::parse(text).ok().map(|number| number.brand()), brand, "{text}");
    }
}

#[test]
fn masks_show_first_six_and_last_four() {
    for (text, masked) in [
        ("4012000098765439", "401200******5439"),
        ("378282246310005", "378282*****0005"),
        ("30569309025904", "305693****5904"),
    ] {
        let number = CardNumber::parse(text).expect("the number is valid");
        assert_eq!(number.masked(), masked);
        assert_eq!((number.first_six(), number.last_four()), (&masked[..6], &masked[masked.len() - 4..]));
        assert_eq!(number.expose(), text);
    }
}

#[test]
fn brands_read_back_what_they_write() {
    for brand in Brand::ALL {
        assert_eq!(Brand::parse(brand.as_str()), Some(brand));
    }
    assert_eq!(Brand::parse("Visa"), None);
}

#[test]
fn expiry_dates_are_read_in_three_forms_and_bounded() {
    let today = date(2026, 11, 20);
    for (text, expected) in [
        ("12/26", Ok("12/26")),
        ("1226", Ok("12/26")),
        ("12/2026", Ok("12/26")),
        ("12 / 26", Ok("12/26")),
        ("01/20", Ok("01/20")), // expired, but stores
        ("11/46", Ok("11/46")),
        ("12/46", Err(CardError::ExpiryTooFar)),
        ("12/99", Err(CardError::ExpiryTooFar)),
        ("01/9999", Err(CardError::ExpiryTooFar)),
        ("13/26", Err(CardError::Expiry)),
        ("00/26", Err(CardError::Expiry)),
        ("1/26", Err(CardError::Expiry)),
        ("12/026", Err(CardError::Expiry)),
        ("12/1999", Err(CardError::Expiry)),
        ("12-26", Err(CardError::Expiry)),
        ("+1/26", Err(CardError::Expiry)),
        ("é26", Err(CardError::Expiry)),
        ("", Err(CardError::Expiry)),
    ] {
        let read = Expiry::parse(text, today).map(Expiry::to_mm_yy);
        assert_eq!(read, expected.map(str::to_owned), "{text}");
    }
    assert_eq!(CardError::ExpiryTooFar.to_string(), "Invalid card expiration - to far in the future");
}

#[test]
fn a_card_is_good_through_the_last_day_of_its_month() {
    for (month, year, last_day) in
        [(2, 2028, date(2028, 2, 29)), (2, 2027, date(2027, 2, 28)), (12, 2026, date(2026, 12, 31))]
    {
        let expiry = Expiry::new(month, year).expect("the month is valid");
        assert_eq!(expiry.last_day(), last_day);
        assert!(!expiry.is_expired(last_day));
        assert!(expiry.is_expired(last_day.tomorrow().expect("there is a next day")));
    }
    assert_eq!(Expiry::new(0, 2026), None);
    assert_eq!(Expiry::new(1, 1999), None);
}

#[test]
fn security_codes_are_three_or_four_digits() {
    for (text, accepted) in
        [("123", true), ("1234", true), ("12", false), ("12345", false), ("12a", false), ("", false)]
    {
        assert_eq!(Cvc::parse(text).is_ok(), accepted, "{text}");
    }
}

/// Does not compile once a secret learns `Debug` or `Display`: `_` would then have two answers.
#[test]
fn secrets_cannot_be_printed() {
    trait Unprintable<Marker> {
        fn holds() {}
    }
    struct Shown;
    struct Debugged;
    impl<T> Unprintable<()> for T {}
    impl<T: std::fmt::Display> Unprintable<Shown> for T {}
    impl<T: std::fmt::Debug> Unprintable<Debugged> for T {}
    <CardNumber as Unprintable<_>>::holds();
    <Cvc as Unprintable<_>>::holds();
    <super::super::bank_account::AccountNumber as Unprintable<_>>::holds();
}
