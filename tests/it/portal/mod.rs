//! The customer's portal: how one gets in, what one sees, and that it is only one's own.

mod link;
mod own;
mod pages;

use bursar::app::customer::CreateCustomer;
use bursar::app::login_link::CreateLoginLink;
use bursar::app::payment_method::NewMethod;
use bursar::domain::address::Address;
use bursar::domain::card::CardNumber;
use bursar::domain::customer::Profile;
use bursar::domain::id::CustomerId;
use bursar::domain::mail::Mail;

use crate::support::browser::Browser;
use crate::support::{Answer, TestApp, command};

/// Makes a customer with a card, an address and this e-mail address.
pub async fn customer(app: &TestApp, id: &str, email: &str) -> CustomerId {
    let id = CustomerId::parse(id).expect("an id");
    let number = CardNumber::parse("4242424242424242").expect("a card");
    let method = NewMethod::Card { number, expiration_date: "12/30".to_owned() };
    let billing = Address {
        first_name: "Ada".into(),
        last_name: format!("Of {id}"),
        line_1: "7 Mill Lane".into(),
        city: "Bath".into(),
        postal_code: "04530".into(),
        country: "US".into(),
        ..Address::default()
    };
    let profile = Profile { email: Some(email.to_owned()).filter(|email| !email.is_empty()), ..Profile::default() };
    let new = CreateCustomer {
        id: Some(id.clone()),
        method: Some(method),
        billing: Some(billing),
        profile,
        ..CreateCustomer::default()
    };
    app.app().customer_create(&command(), new).await.expect("the customer is new");
    id
}

/// The path of a fresh link that the merchant made for a customer.
pub async fn link_of(app: &TestApp, id: &CustomerId) -> String {
    let made = app.app().login_link_create(&command(), id, CreateLoginLink::default()).await.expect("a link");
    path_of(app, &made.url)
}

/// An address of ours without its head.
pub fn path_of(app: &TestApp, url: &str) -> String {
    url.strip_prefix(app.base()).unwrap_or_else(|| panic!("{url} is not ours")).to_owned()
}

/// A browser in which the customer is logged in.
pub async fn enter(app: &TestApp, id: &CustomerId) -> Browser {
    let (mut browser, link) = (Browser::new(app), link_of(app, id).await);
    let answer = browser.submit(&link, &link, &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/portal"), "{}", answer.text);
    browser
}

/// Opens a page of the portal.
pub async fn open(browser: &mut Browser, path: &str) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    page
}

/// Mails with links, newest first.
pub fn link_mails(app: &TestApp) -> Vec<Mail> {
    let all = app.app().mail_list(&command(), None, 100).expect("the outbox");
    all.into_iter().filter(|mail| mail.kind == "customer.login_link").collect()
}
