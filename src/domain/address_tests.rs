//! Each part of an address from both sides of its bound, and when two addresses are the same.

use super::*;

fn problem(address: Address) -> Option<String> {
    match address.checked("address_") {
        Ok(_) => None,
        Err(Error::Invalid { field, .. }) => Some(field),
        Err(other) => panic!("{other:?} is no refusal of a field"),
    }
}

#[test]
fn every_part_is_checked_from_both_sides() {
    type Set = fn(&mut Address, String);
    let table: [(&str, usize, Set); 8] = [
        ("first_name", 50, |a, text| a.first_name = text),
        ("last_name", 50, |a, text| a.last_name = text),
        ("company", 100, |a, text| a.company = text),
        ("address_line_1", 100, |a, text| a.line_1 = text),
        ("address_line_2", 100, |a, text| a.line_2 = text),
        ("city", 50, |a, text| a.city = text),
        ("state", 50, |a, text| a.state = text),
        ("postal_code", 20, |a, text| a.postal_code = text),
    ];
    for (field, max, set) in table {
        for (text, refused) in [("é".repeat(max), false), ("é".repeat(max + 1), true), ("a\u{0}".to_owned(), true)] {
            let mut address = Address::default();
            set(&mut address, text);
            assert_eq!(problem(address).as_deref(), refused.then_some(field), "{field}");
        }
    }
    for (text, refused) in [("US", false), ("us", false), ("", false), ("USA", true), ("U1", true), ("åä", true)] {
        let address = Address { country: text.to_owned(), ..Address::default() };
        assert_eq!(problem(address).as_deref(), refused.then_some("country"), "{text}");
    }
    for (text, refused) in [("(555) 555-5555", false), ("none", true)] {
        let address = Address { fax: text.to_owned(), ..Address::default() };
        assert_eq!(problem(address).as_deref(), refused.then_some("fax"), "{text}");
    }
    let address = Address { email: "not an email".to_owned(), ..Address::default() };
    assert_eq!(problem(address).as_deref(), Some("email"));
}

#[test]
fn an_address_is_kept_trimmed_and_the_country_in_upper_case() {
    let address = Address { first_name: " John ".into(), country: "us".into(), ..Address::default() };
    let kept = address.checked("").expect("the parts are good");
    assert_eq!((kept.first_name.as_str(), kept.country.as_str()), ("John", "US"));
}

#[test]
fn spelling_does_not_make_another_address_but_every_part_does() {
    let address = |first: &str, line: &str, city: &str| Address {
        first_name: first.to_owned(),
        line_1: line.to_owned(),
        city: city.to_owned(),
        ..Address::default()
    };
    let one = address("John", "1 Main  Street", "Lisle").normalised();
    assert_eq!(one, address("JOHN", "1 main street", "lisle").normalised());
    assert_ne!(one, address("John", "1 Main Street Lisle", "").normalised(), "parts do not run into each other");
    assert_ne!(one, address("", "1 Main Street", "Lisle").normalised());
}
