//! What a charge on a stored customer is made with, and that the vault opens what it sealed.

use tempfile::TempDir;

use super::*;
use crate::app::bootstrap::{self, Open, OpenClock};
use crate::app::chargeable::{ChargeableMethod, resolve_in};
use crate::app::customer::{ChangeCustomer, CreateCustomer};
use crate::clock::ManualClock;
use crate::domain::access::Actor;
use crate::domain::address::Address;
use crate::domain::id::AddressId;
use crate::domain::time::Timestamp;
use crate::ids::Random;
use crate::processors::simulator::Settings;
use std::sync::Arc;

struct Shop {
    app: App,
    caller: Caller,
    _dir: TempDir,
}

fn shop() -> Shop {
    let dir = TempDir::new().expect("a folder");
    let now = Timestamp::parse_rfc3339("2026-01-31T10:00:00Z").expect("an instant");
    let open = Open {
        data_dir: dir.path().join("data"),
        key_file: None,
        role: store::Role::Server,
        clock: OpenClock::Manual(Arc::new(ManualClock::new(now))),
        random: Arc::new(Random::seeded(3)),
        public_url: "http://127.0.0.1".to_owned(),
        simulator: Settings::default(),
        relay: None,
        checkpoint: None,
        outbound: crate::outbound::Settings::default(),
    };
    let app = bootstrap::open(open).expect("a fresh folder opens").app;
    Shop { app, caller: Caller::internal(Actor::Command), _dir: dir }
}

fn card(number: &str) -> NewMethod {
    let number = CardNumber::parse(number).expect("a valid number");
    NewMethod::Card { number, expiration_date: "12/30".to_owned() }
}

fn account() -> NewMethod {
    NewMethod::Ach {
        routing_number: RoutingNumber::parse("021000021").expect("a valid number"),
        account_number: AccountNumber::parse("00123456789").expect("a valid number"),
        account_type: AccountType::Savings,
        sec_code: SecCode::Ppd,
    }
}

fn in_city(city: &str) -> Address {
    Address { city: city.to_owned(), ..Address::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_charge_gets_what_it_names_and_else_the_defaults() {
    let Shop { app, caller, .. } = &tokio::task::spawn_blocking(shop).await.expect("the shop opens");
    let new = CreateCustomer {
        method: Some(card("4111111111111111")),
        billing: Some(in_city("Lisle")),
        ..CreateCustomer::default()
    };
    let made = app.customer_create(caller, new).await.expect("made");
    let id = made.customer.id.clone();
    let first = made.methods[0].id.clone();
    let (_, bank) = app.payment_method_create(caller, &id, account()).await.expect("added");
    let (_, other) = app.address_create(caller, &id, in_city("Aurora")).await.expect("added");
    let bare = app.customer_create(caller, CreateCustomer::default()).await.expect("made").customer.id;

    type Asked<'a> = (Option<&'a PaymentMethodId>, Option<&'a str>, Option<&'a AddressId>, Option<&'a AddressId>);
    let resolve = |customer: &CustomerId, (method, kind, billing, shipping): Asked<'_>| {
        let found = app.store().read(|tx| resolve_in(tx, customer, method, kind, billing, shipping));
        found.map(|ChargeableMethod { method, billing_address, shipping_address, customer_id }| {
            assert_eq!(customer_id, *customer);
            let city = |address: Option<Address>| address.map_or(String::new(), |address| address.city);
            (method.id, city(billing_address), city(shipping_address))
        })
    };
    let unknown = PaymentMethodId::from_stored("unknown".to_owned());
    let nowhere = AddressId::from_stored("unknown".to_owned());
    let lisle = || ("Lisle".to_owned(), "Lisle".to_owned());
    for (asked, expected, cities) in [
        ((None, None, None, None), Ok(&first), lisle()),
        ((None, Some(""), None, None), Ok(&first), lisle()),
        ((None, Some("card"), None, None), Ok(&first), lisle()),
        ((None, Some("ach"), None, None), Ok(&bank), lisle()),
        ((Some(&bank), None, Some(&other), None), Ok(&bank), ("Aurora".to_owned(), "Lisle".to_owned())),
        ((Some(&bank), Some("ach"), None, Some(&other)), Ok(&bank), ("Lisle".to_owned(), "Aurora".to_owned())),
        ((Some(&bank), Some("card"), None, None), Err("payment_method_type"), lisle()),
        ((None, Some("gold"), None, None), Err("payment_method_type"), lisle()),
        ((Some(&unknown), None, None, None), Err("payment_method_id"), lisle()),
        ((None, None, Some(&nowhere), None), Err("billing_address_id"), lisle()),
        ((None, None, None, Some(&nowhere)), Err("shipping_address_id"), lisle()),
    ] {
        match (resolve(&id, asked), expected) {
            (Ok((method, billing, shipping)), Ok(wanted)) => {
                assert_eq!((&method, (billing, shipping)), (wanted, cities), "{asked:?}");
            }
            (Err(Error::Invalid { field, .. }), Err(named)) => {
                assert_eq!(field, format!("payment_method.customer.{named}"), "{asked:?}");
            }
            (found, expected) => panic!("{asked:?}: {found:?} instead of {expected:?}"),
        }
    }
    let refused = |customer: &CustomerId| match resolve(customer, (None, None, None, None)) {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&bare), "payment_method.customer.payment_method_id");
    assert_eq!(refused(&CustomerId::from_stored("nobody".to_owned())), "payment_method.customer.id");

    let change = ChangeCustomer { payment_method: Some((bank.clone(), MethodType::Ach)), ..ChangeCustomer::default() };
    app.customer_update(caller, &id, change).await.expect("changed");
    assert_eq!(resolve(&id, (None, None, None, None)).expect("resolves").0, bank, "the chosen default comes first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_vault_opens_what_it_sealed_and_nothing_that_was_moved() {
    let Shop { app, caller, .. } = &tokio::task::spawn_blocking(shop).await.expect("the shop opens");
    let id = app.customer_create(caller, CreateCustomer::default()).await.expect("made").customer.id;
    let (_, first) = app.payment_method_create(caller, &id, card("5555555555554444")).await.expect("added");
    app.payment_method_create(caller, &id, account()).await.expect("added");
    let change = ChangeMethod { number: CardNumber::parse("4111111111111111").ok(), ..ChangeMethod::default() };
    let record = app.payment_method_update(caller, &id, &first, MethodType::Card, change).await.expect("changed");
    let [card, account] = record.methods.as_slice() else { panic!("two methods: {record:?}") };
    match app.instrument_of(card).expect("opens") {
        Instrument::Card { number, expiry, .. } => {
            assert_eq!((number.expose(), expiry.to_mm_yy().as_str()), ("4111111111111111", "12/30"));
        }
        other => panic!("a card, not {}", other.kind()),
    }
    match app.instrument_of(account).expect("opens") {
        Instrument::BankAccount { routing, account, sec_code, account_type } => {
            assert_eq!((routing.as_str(), account.expose()), ("021000021", "00123456789"));
            assert_eq!((sec_code, account_type), (SecCode::Ppd, AccountType::Savings));
        }
        other => panic!("a bank account, not {}", other.kind()),
    }
    let moved = PaymentMethod { id: account.id.clone(), ..card.clone() };
    assert!(matches!(app.instrument_of(&moved), Err(Error::Internal(_))), "bound to its row");
    let shown = format!("{record:?}");
    assert!(!shown.contains("4111111111111111") && shown.contains("411111******1111"), "{shown}");
    let of_same_card = app.payment_method_create(caller, &id, self::card("4111111111111111")).await.expect("added").0;
    assert_eq!(of_same_card.methods[2].fingerprint, card.fingerprint, "the same card is recognised");
    assert_ne!(account.fingerprint, card.fingerprint);
}
