//! Which address and method stand in where nothing was chosen.

use super::*;
use crate::domain::address::Address;
use crate::domain::bank_account::{AccountType, RoutingNumber, SecCode};
use crate::domain::payment_method::MethodDetails;

fn address(id: &str) -> CustomerAddress {
    CustomerAddress {
        id: AddressId::from_stored(id.to_owned()),
        customer_id: CustomerId::from_stored("c1".to_owned()),
        postal: Address::default(),
        hash: [0; 32],
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn method(id: &str) -> PaymentMethod {
    let routing_number = RoutingNumber::parse("021000021").expect("a valid number");
    PaymentMethod {
        id: PaymentMethodId::from_stored(id.to_owned()),
        customer_id: CustomerId::from_stored("c1".to_owned()),
        details: MethodDetails::Ach { routing_number, account_type: AccountType::Checking, sec_code: SecCode::Web },
        masked: "******1234".to_owned(),
        last_four: "1234".to_owned(),
        sealed: Vec::new(),
        fingerprint: Vec::new(),
        flags: Vec::new(),
        processor_id: String::new(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn record(addresses: &[&str], methods: &[&str], chosen: (Option<&str>, Option<&str>, Option<&str>)) -> CustomerRecord {
    let address_id = |id: &str| AddressId::from_stored(id.to_owned());
    CustomerRecord {
        owner_id: CompanyId::from_stored("m1".to_owned()),
        customer: Customer {
            language: None,
            profile: Profile::default(),
            id: CustomerId::from_stored("c1".to_owned()),
            description: String::new(),
            notes: String::new(),
            flags: Vec::new(),
            defaults: Defaults {
                payment_method_id: chosen.0.map(|id| PaymentMethodId::from_stored(id.to_owned())),
                billing_address_id: chosen.1.map(address_id),
                shipping_address_id: chosen.2.map(address_id),
            },
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        },
        addresses: addresses.iter().map(|id| address(id)).collect(),
        methods: methods.iter().map(|id| method(id)).collect(),
    }
}

#[test]
fn what_was_chosen_counts_and_else_the_oldest() {
    // (addresses, methods, chosen (method, billing, shipping)) -> (method, billing, shipping)
    for (addresses, methods, chosen, expected) in [
        (&[][..], &[][..], (None, None, None), (None, None, None)),
        (&["a1"], &["p1"], (None, None, None), (Some("p1"), Some("a1"), Some("a1"))),
        (&["a1", "a2"], &["p1", "p2"], (None, None, None), (Some("p1"), Some("a1"), Some("a1"))),
        (&["a1", "a2"], &["p1", "p2"], (Some("p2"), Some("a2"), None), (Some("p2"), Some("a2"), Some("a2"))),
        (&["a1", "a2"], &["p1"], (None, None, Some("a2")), (Some("p1"), Some("a1"), Some("a2"))),
    ] {
        let record = record(addresses, methods, chosen);
        let found = (
            record.default_method().map(|method| method.id.as_str()),
            record.default_billing().map(|address| address.id.as_str()),
            record.default_shipping().map(|address| address.id.as_str()),
        );
        assert_eq!(found, expected, "{addresses:?} {methods:?} {chosen:?}");
    }
}

#[test]
fn only_a_chosen_address_is_held() {
    let record = record(&["a1", "a2", "a3"], &[], (None, Some("a1"), Some("a2")));
    for (id, chosen) in [("a1", true), ("a2", true), ("a3", false)] {
        assert_eq!(record.is_chosen_address(&AddressId::from_stored(id.to_owned())), chosen, "{id}");
    }
}
