//! Rotating the keys that seal card numbers.

use bursar::app::bootstrap::default_key_file;
use serde_json::json;

use crate::support::{TestApp, command};

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
