//! Subscriptions.

use actix_web::web::{Data, Json, Path, Query};

use super::customer::path_id;
use super::wire::subscription::{StatusQuery, SubscriptionForm, SubscriptionShown, asked_status};
use super::wire::subscription_search::SubscriptionSearch;
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::domain::recurring::subscribe::date_of;
use crate::error::Result;

/// `POST /api/recurring/subscription`: makes a subscription.
#[utoipa::path(post, path = "/api/recurring/subscription", tag = "Recurring", request_body = SubscriptionForm,
    responses((status = 200, body = Envelope<SubscriptionShown>), (status = 400, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<SubscriptionForm>,
) -> Answer<SubscriptionShown> {
    let made = app.subscription_create(&caller, body.into_inner().into_terms()?).await?;
    Ok(Json(Envelope::success(SubscriptionShown::of(made)?)))
}

/// `GET /api/recurring/subscription/{id}`: one subscription.
#[utoipa::path(get, path = "/api/recurring/subscription/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<SubscriptionShown>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<SubscriptionShown> {
    let found = app.subscription_find(&caller, &path_id(&id)?)?;
    Ok(Json(Envelope::success(SubscriptionShown::of(found)?)))
}

/// `POST /api/recurring/subscription/search`: those that fit, newest first.
#[utoipa::path(post, path = "/api/recurring/subscription/search", tag = "Recurring",
    request_body = SubscriptionSearch,
    responses((status = 200, body = Envelope<Vec<SubscriptionShown>>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<SubscriptionSearch>,
) -> Answer<Vec<SubscriptionShown>> {
    let (filter, limit, offset) = body.into_inner().into_filter()?;
    let (found, total) = app.subscription_search(&caller, &filter, limit, offset)?;
    let rows = found.into_iter().map(SubscriptionShown::of).collect::<Result<Vec<_>>>()?;
    Ok(Json(Envelope::found(rows, total)))
}

/// `POST /api/recurring/subscription/{id}`: changes a subscription, from the next bill on.
#[utoipa::path(post, path = "/api/recurring/subscription/{id}", tag = "Recurring", request_body = SubscriptionForm,
    responses((status = 200, body = Envelope<SubscriptionShown>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<SubscriptionForm>,
) -> Answer<SubscriptionShown> {
    let changed = app.subscription_update(&caller, &path_id(&id)?, body.into_inner().into_terms()?).await?;
    Ok(Json(Envelope::success(SubscriptionShown::of(changed)?)))
}

/// `DELETE /api/recurring/subscription/{id}`: deletes a subscription; its invoices stay.
#[utoipa::path(delete, path = "/api/recurring/subscription/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<Nothing>), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.subscription_delete(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

/// `GET /api/recurring/subscription/{id}/status/{status}`: paused, past_due, cancelled, active or completed.
///
/// The seed asks for this with GET; a page of another site cannot use it, because the cookie `sid` stays at home.
#[utoipa::path(get, path = "/api/recurring/subscription/{id}/status/{status}", tag = "Recurring",
    params(StatusQuery),
    responses((status = 200, body = Envelope<SubscriptionShown>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn set_status(
    app: Data<App>,
    caller: GatewayCaller,
    path: Path<(String, String)>,
    query: Query<StatusQuery>,
) -> Answer<SubscriptionShown> {
    let to = asked_status(&path.1)?;
    let next = date_of("next_bill_date", query.next_bill_date.as_deref())?.filter(|_| path.1 == "active");
    let changed = app.subscription_set_status(&caller, &path_id(&path.0)?, to, next).await?;
    Ok(Json(Envelope::success(SubscriptionShown::of(changed)?)))
}

/// `POST /api/recurring/subscription/{id}/status/{status}`: as with GET.
#[utoipa::path(post, path = "/api/recurring/subscription/{id}/status/{status}", tag = "Recurring",
    params(StatusQuery),
    responses((status = 200, body = Envelope<SubscriptionShown>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn post_status(
    app: Data<App>,
    caller: GatewayCaller,
    path: Path<(String, String)>,
    query: Query<StatusQuery>,
) -> Answer<SubscriptionShown> {
    set_status(app, caller, path, query).await
}
