//! Rotating the keys that seal card numbers.

use bursar::app::bootstrap::default_key_file;
use bursar::domain::wallet::Wallet;
use bursar::vault::Vault;
use rusqlite::Connection;
use serde_json::json;

use crate::gateway::till::{Till, VISA, id_of};
use crate::gateway::wallet::add_key;
use crate::pages::invoice;
use crate::support::{TestApp, command};

/// Columns of bytes that hold nothing sealed under a data key. Every other one must be in [`planted`], and is rotated.
const OPEN: [&str; 6] = ["hash", "asked_hash", "request_hash", "command_hash", "fingerprint", "wrapped"];

#[tokio::test]
async fn numbers_sealed_before_a_rotation_open_after_it() {
    let mut app = TestApp::start().await;
    let card = json!({ "default_payment": { "card": { "number": "4111111111111111", "expiration_date": "12/30" } } });
    for _ in 0..3 {
        app.admin().post("/api/vault/customer", &card).await.data(200);
    }
    let key_file = default_key_file(&app.data_dir());
    let first = std::fs::read(&key_file).unwrap();
    // Each rotation opens every number that the one before sealed: a number that does not open is an error.
    for round in 0..2 {
        let sealed = app.app().vault_rotate(&command(), &key_file, |_| {}).await.unwrap();
        assert_eq!(sealed, 3, "round {round}");
        app.restart().await;
    }
    assert_ne!(std::fs::read(&key_file).unwrap(), first, "the key file is a new one");
    assert_eq!(app.admin().get("/api/user").await.status, 200, "keys and tokens outlive it");

    std::fs::write(&key_file, first).unwrap();
    app.stop().await;
    let refused = app.try_open().await.err().map(|why| why.to_string()).unwrap_or_default();
    assert!(refused.contains("does not open this database's secrets"), "the old key file is of no use: {refused}");
}

/// A row in every sealed column: the token and the text of the mail, to be compared later.
async fn planted(till: &Till) -> (String, String) {
    let (app, admin) = (&till.app, till.app.admin());
    let stored = json!({ "default_payment": { "card": { "number": VISA, "expiration_date": "12/30" } } });
    admin.post("/api/vault/customer", &stored).await.data(200);
    let tokenized = json!({ "card": { "number": VISA, "expiration_date": "12/30" } });
    let token = app.public_key().post("/api/tokenizer", &tokenized).await.body["token"].clone();
    // Its answer got lost, so what pays waits to be kept.
    let issued = invoice::issue(app, json!({ "save_customer_vault": "required" })).await;
    assert_eq!(invoice::pay(app, &issued, &invoice::card("4000000000003220", "1100")).await.status, 303);
    let rows = format!("transaction_type,amount,cc_number,cc_expiration\nsale,100,{VISA},12/30\n");
    till.client.post_part("/api/filebatch", "file", rows.as_bytes()).await.data(200);
    let user = json!({ "username": "clerk1", "password": "Correct-Horse-7", "email": "clerk1@shop.example" });
    admin.post("/api/user", &user).await.data(200);
    app.anon().post("/api/user/forgot-password", &json!({ "username": "clerk1" })).await.data(200);
    let hook = json!({ "url": "https://example.com/hook", "topics": [], "username": "u", "password": "p" });
    let hook = admin.post("/api/webhooks", &hook).await.data(200).clone();
    let path = format!("/api/webhooks/{}/secret", id_of(&hook));
    admin.post(&path, &json!({ "previous_hours": 1 })).await.data(200);
    add_key(&till.app, Wallet::GooglePay).await;
    app.app().signing_key_public().await.expect("a key that signs is made");
    (token.as_str().expect("a token").to_owned(), code_mail(app).await)
}

/// What the mail with the code says.
async fn code_mail(app: &TestApp) -> String {
    let mails = app.app().mail_list(&command(), None, 10).expect("the outbox");
    let mail = mails.into_iter().find(|mail| mail.kind == "user.password_forgotten").expect("it was queued");
    app.app().mail_find(&command(), &mail.id).await.expect("it opens").1.expect("it is still there").text
}

/// A sealed column and the data keys that its values are sealed under.
type Column = (String, Vec<Option<u32>>);

/// Every sealed column, and the key that its values should be sealed under.
fn sealed(app: &TestApp) -> (Vec<Column>, Option<u32>) {
    let file = Connection::open(app.data_dir().join("bursar.db")).expect("the file opens");
    let mut columns = file
        .prepare(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.type = 'BLOB' ORDER BY 1, 2",
        )
        .expect("the schema can be read");
    let names = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("columns");
    let names: Vec<(String, String)> = names.collect::<Result<_, _>>().expect("names");
    let keys = |table: &str, column: &str| -> Vec<Option<u32>> {
        let query = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let mut values = file.prepare(&query).expect("the column is there");
        let values = values.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("values");
        values.map(|value| Vault::key_of(&value.expect("bytes"))).collect()
    };
    let found = names.iter().filter(|(_, column)| !OPEN.contains(&column.as_str()));
    let found = found.map(|(table, column)| (format!("{table}.{column}"), keys(table, column))).collect();
    let current = file.query_row("SELECT MAX(id) FROM vault_key", [], |row| row.get(0)).expect("a data key");
    (found, Some(current))
}

#[tokio::test]
async fn every_sealed_column_is_rotated_and_still_opens() {
    let mut till = Till::open().await;
    let (token, mail) = planted(&till).await;
    let key_file = default_key_file(&till.app.data_dir());
    let (_, first) = sealed(&till.app);
    // The second rotation opens whatever the first one sealed.
    for round in 0..2 {
        till.app.app().vault_rotate(&command(), &key_file, |_| {}).await.unwrap();
        let (columns, current) = sealed(&till.app);
        assert!(current > first, "round {round}");
        assert!(columns.len() >= 9, "{columns:?}");
        for (column, keys) in columns {
            assert!(!keys.is_empty(), "{column} is empty: plant a row in it, or say that it is not sealed");
            assert!(keys.iter().all(|key| *key == current), "{column} is not rotated: {keys:?}");
        }
        till.app.restart().await;
    }
    till.client = till.app.key();
    assert_eq!(code_mail(&till.app).await, mail);
    let sale = json!({ "type": "sale", "amount": 1112, "payment_method": { "token": token } });
    assert_eq!(till.charge(&sale).await.data(200)["response_code"], 100);
}
