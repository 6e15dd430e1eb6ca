//! Leaving items out on the hosted page: without JavaScript, the new amount seen before it is charged, one payment.

use serde_json::{Value, json};

use super::invoice::{GOOD, books_agree, card, charges, issue, path, pay, stored};
use crate::support::TestApp;

/// Beans 10.00, a mug 5.00, 10 % tax: 16.50.
async fn with_choice(app: &TestApp) -> Value {
    let more = json!({
        "items": [
            { "name": "Beans", "unit_price": 500, "quantity": 2 }, { "name": "Mug", "unit_price": 500, "quantity": 1 },
        ],
        "allow_partial_payment": true, "save_customer_vault": "optional",
    });
    issue(app, more).await
}

#[tokio::test]
async fn an_item_is_left_out_and_the_amount_is_seen_first() {
    let app = TestApp::start().await;
    let invoice = with_choice(&app).await;
    let mug = invoice["items"][1]["id"].as_str().expect("an id").to_owned();
    let page = app.anon().get(&path(&invoice)).await.text;
    assert!(page.contains("Leave out items you do not accept") && page.contains(&format!("value=\"{mug}\"")));
    assert!(page.contains("name=\"save\""), "the customer may keep the card");

    let mut fields = card(GOOD, "1650");
    fields.extend([("rejected_items", mug.as_str()), ("left_out_message", "It is broken"), ("save", "yes")]);
    let mut recount = fields.clone();
    recount.push(("recount", "yes"));
    for asked in [&recount, &fields] {
        let seen = pay(&app, &invoice, asked).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        for expected in ["11.00 USD is left to pay", "Pay 11.00 USD", "name=\"agreed\" value=\"1100\"", "It is broken"]
        {
            assert!(seen.text.contains(expected), "{expected}");
        }
        assert!(seen.text.contains(&format!("value=\"{mug}\" checked")), "what was ticked stays ticked");
        assert!(!seen.text.contains("4242 4242"), "the number does not come back");
    }
    charges(&app, 0);

    let with = |name: &'static str, value: &'static str| {
        let mut changed = fields.clone();
        changed.push(("agreed", "1100"));
        changed.retain(|field| field.0 != name);
        changed.push((name, value));
        changed
    };
    assert_eq!(pay(&app, &invoice, &with("left_out_message", "")).await.status, 422, "a reason is needed");
    assert_eq!(pay(&app, &invoice, &with("agreed", "1650")).await.status, 200, "the other amount was never shown");
    charges(&app, 0);

    let paid = pay(&app, &invoice, &with("agreed", "1100")).await;
    assert_eq!(paid.status, 303, "{}", paid.text);
    let shown = stored(&app, &invoice).await;
    assert_eq!((&shown["status"], &shown["amount_paid"]), (&json!("paid"), &json!(1100)));
    assert_eq!((&shown["items"][1]["status"], &shown["reject_message"]), (&json!("rejected"), &json!("It is broken")));
    let page = app.anon().get(&path(&invoice)).await.text;
    assert!(page.contains("Left out") && page.contains("<s>5.00 USD</s>"), "the item is still there");
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1650")).await.status, 303, "another tab comes too late");
    charges(&app, 1);
    let kept = app.key().post("/api/vault/customer/search", &json!({})).await;
    assert_eq!(kept.body["total_count"], json!(1), "the card is kept");
    books_agree(&app);
}

#[tokio::test]
async fn not_everything_can_be_left_out() {
    let app = TestApp::start().await;
    let invoice = with_choice(&app).await;
    let id = |at: usize| invoice["items"][at]["id"].as_str().expect("an id");
    let mut fields = card(GOOD, "1650");
    fields.extend([("rejected_items", id(0)), ("rejected_items", id(1)), ("left_out_message", "No")]);
    let refused = pay(&app, &invoice, &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("Leave at least one item to pay"));
    let mut fields = card(GOOD, "1650");
    fields.extend([("rejected_items", "0000000000000000"), ("left_out_message", "No")]);
    assert_eq!(pay(&app, &invoice, &fields).await.status, 422);
    let whole = issue(&app, json!({})).await;
    let mut fields = card(GOOD, "1100");
    fields.extend([("rejected_items", whole["items"][0]["id"].as_str().expect("an id")), ("left_out_message", "No")]);
    assert_eq!(pay(&app, &whole, &fields).await.status, 303, "where it is not offered it has no effect");
    assert_eq!(stored(&app, &whole).await["amount_paid"], json!(1100));
    charges(&app, 1);
}
