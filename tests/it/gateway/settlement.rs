//! Settlement batches from outside: what closes at a cut-off adds up, and is found.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::till::{Till, VISA, card, with};

const PATH: &str = "/api/settlement/batch/search";

#[tokio::test]
async fn batches_add_up_and_are_found() {
    let till = Till::open().await;
    let nothing = till.client.post(PATH, &json!({})).await;
    let expected = json!({ "status": "success", "msg": "success", "total_count": 0, "data": null });
    assert_eq!(nothing.body, expected);

    let sold = till.card("sale", 1000, VISA).await;
    till.card("sale", 500, VISA).await;
    till.card("credit", 200, VISA).await;
    let voided = till.card("sale", 70, VISA).await;
    assert_eq!(till.act(&voided, "void", &json!({})).await.status, 200);
    till.card("authorize", 80, VISA).await;
    till.charge(&with(&card("sale", 900, VISA), "currency", json!("EUR"))).await.data(200);
    till.settle().await;
    till.act(&sold, "refund", &json!({ "amount": 300 })).await.data(200);
    till.settle().await;

    let found = till.client.post(PATH, &json!({})).await;
    assert_eq!(found.body["total_count"], 3, "two currencies on the first day, one refund later: {}", found.text);
    let results = found.data(200)["results"].as_array().expect("a list").clone();
    let refunds = &results[0];
    let dollars = results.iter().find(|row| row["num_transactions"] == 3).expect("the first day's dollars");
    assert_eq!((&dollars["amount_captured"], &dollars["amount_credit"]), (&json!(1500), &json!(200)));
    assert_eq!((&dollars["net_deposit"], &dollars["currency"]), (&json!(1300), &json!("usd")));
    assert_eq!((&refunds["amount_credit"], &refunds["net_deposit"]), (&json!(300), &json!(-300)));
    assert_eq!((&refunds["response_code"], &refunds["response_message"]), (&json!(100), &json!("ACCEPT")));
    for key in ["id", "merchant_id", "batch_date", "processor_id", "processor_name", "processor_type"] {
        assert!(dollars[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {dollars}");
    }
    assert!(dollars["batch_number"].is_i64());
    assert_eq!(till.again(&sold).await["settlement_batch_id"], dollars["id"]);
    let summary = found.data(200)["summary"].as_array().expect("a list").clone();
    let captured: i64 = summary.iter().filter_map(|row| row["captured"].as_i64()).sum();
    assert_eq!((summary.len(), captured), (3, 2400), "{summary:?}");
    let day = summary[0]["batch_date"].as_str().expect("a date");
    assert!(day.len() == 10 && refunds["batch_date"].as_str().is_some_and(|at| at.starts_with(day)), "{day}");

    let day = |row: &Value| row["batch_date"].clone();
    let is = |operator: &str| json!({ "settlement_batch_id": { "operator": operator, "value": dollars["id"] } });
    for (query, total) in [
        (is("="), 1),
        (is("!="), 2),
        (json!({ "batch_date": { "start_date": day(refunds) } }), 1),
        (json!({ "batch_date": { "end_date": day(dollars) } }), 2),
        (json!({ "batch_date": { "start_date": day(dollars), "end_date": day(refunds) } }), 3),
        (json!({ "batch_date": { "start_date": "2030-01-01" } }), 0),
        (json!({ "limit": 1 }), 3),
        (json!({ "limit": 100, "offset": 1000 }), 3),
    ] {
        let answer = till.client.post(PATH, &query).await;
        assert_eq!((answer.status, answer.body["total_count"].as_u64()), (200, Some(total)), "{query}");
    }
    let page = till.client.post(PATH, &json!({ "limit": 1, "offset": 1 })).await;
    assert_eq!(page.data(200)["results"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_search_has_bounds_and_needs_its_permission() {
    let till = Till::open().await;
    for (query, field) in [
        (json!({ "limit": 0 }), "limit"),
        (json!({ "limit": 101 }), "limit"),
        (json!({ "offset": 1001 }), "offset"),
        (json!({ "offset": -1 }), "offset"),
        (json!({ "batch_date": { "start_date": "soon" } }), "batch_date.start_date"),
        (json!({ "batch_date": "2026-01-01" }), "batch_date"),
        (json!({ "settlement_batch_id": { "operator": ">", "value": "a" } }), "settlement_batch_id.operator"),
    ] {
        let answer = till.client.post(PATH, &query).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(answer.msg().contains(field), "{query}: {}", answer.msg());
    }
    assert_eq!(till.app.standard(&[]).await.post(PATH, &json!({})).await.status, 403);
    let allowed = till.app.standard(&[Permission::ViewSettlementBatches]).await;
    assert_eq!(allowed.post(PATH, &json!({})).await.status, 200);
}
