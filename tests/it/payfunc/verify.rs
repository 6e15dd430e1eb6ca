//! Whoever changes an order behind the program's back is found out.

use rusqlite::Connection;
use serde_json::json;

use super::Desk;
use crate::support::command;

#[tokio::test]
async fn an_order_that_contradicts_its_charge_is_named() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    desk.add(&id, json!(10)).await;
    desk.settle(&id).await;
    desk.assert_books_hold();
    let file = Connection::open(desk.app.data_dir().join("bursar.db")).expect("the file opens");
    for (change, back, said) in [
        (
            "UPDATE sales_order SET state = 'failed'",
            "UPDATE sales_order SET state = 'paid'",
            "is failed, but 1000 was taken",
        ),
        (
            "UPDATE sales_order SET amount_minor = 900",
            "UPDATE sales_order SET amount_minor = 1000",
            "is paid, but 1000 was taken",
        ),
        (
            "UPDATE account_item SET amount_minor = 1100",
            "UPDATE account_item SET amount_minor = 1000",
            "comes to 1000, the items it took from a balance to 1100",
        ),
    ] {
        file.execute(change, []).expect("the row fits");
        let verdict = desk.app.app().verify(&command()).expect("the books can be read").sentence();
        assert!(verdict.contains(said), "{change}: {verdict}");
        file.execute(back, []).expect("the row fits");
    }
    desk.assert_books_hold();
}
