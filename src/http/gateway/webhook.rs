//! Endpoints that are told what happens.

use actix_web::web::{Data, Json, Path, Query};

use super::wire::webhook::{
    ChangeWebhookBody, DeliveryBody, DeliveryQuery, NewWebhookBody, ReplayAnswer, ReplayBody, RotateSecretBody,
    WebhookBody,
};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;

/// `POST /api/webhooks`: tells an endpoint of what happens from now on; this answer is the only one with the secret.
#[utoipa::path(post, path = "/api/webhooks", tag = "Webhooks", request_body = NewWebhookBody,
    responses((status = 200, body = Envelope<WebhookBody>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal), (status = 422, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<NewWebhookBody>) -> Answer<WebhookBody> {
    let made = app.webhook_create(&caller, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(made.into())))
}

/// `GET /api/webhooks`: all of them, oldest first.
#[utoipa::path(get, path = "/api/webhooks", tag = "Webhooks",
    responses((status = 200, body = Envelope<Vec<WebhookBody>>), (status = 401, body = Refusal),
        (status = 403, body = Refusal)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<WebhookBody>> {
    let webhooks = app.webhook_list(&caller)?;
    let total = u64::try_from(webhooks.len()).unwrap_or(u64::MAX);
    Ok(Json(Envelope::list(webhooks.into_iter().map(WebhookBody::from).collect(), total)))
}

/// `GET /api/webhooks/{id}`: how it stands.
#[utoipa::path(get, path = "/api/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<WebhookBody>), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<WebhookBody> {
    Ok(Json(Envelope::success(app.webhook_find(&caller, None, &id)?.into())))
}

/// `POST /api/webhooks/{id}`: changes what is given.
#[utoipa::path(post, path = "/api/webhooks/{id}", tag = "Webhooks", request_body = ChangeWebhookBody,
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<WebhookBody>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal), (status = 404, body = Refusal),
        (status = 422, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<ChangeWebhookBody>,
) -> Answer<WebhookBody> {
    let webhook = app.webhook_update(&caller, &id, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(webhook.into())))
}

/// `DELETE /api/webhooks/{id}`: removes it with its log.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "Webhooks",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<Nothing>), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal), (status = 422, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.webhook_delete(&caller, None, &id).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/webhooks/{id}/secret`: a new secret; the one before signs beside it for a while.
#[utoipa::path(post, path = "/api/webhooks/{id}/secret", tag = "Webhooks", request_body = RotateSecretBody,
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<WebhookBody>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal), (status = 404, body = Refusal),
        (status = 422, body = Refusal)))]
pub async fn rotate(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<RotateSecretBody>,
) -> Answer<WebhookBody> {
    let rotated = app.webhook_rotate(&caller, &id, body.hours()).await?;
    Ok(Json(Envelope::success(rotated.into())))
}

/// `GET /api/webhooks/{id}/deliveries`: what was sent and answered, newest first.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "Webhooks",
    params(("id" = String, Path, description = "Its id"), DeliveryQuery),
    responses((status = 200, body = Envelope<Vec<DeliveryBody>>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn deliveries(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<DeliveryQuery>,
) -> Answer<Vec<DeliveryBody>> {
    let (before, limit) = query.into_inner().into_parts()?;
    let tries = app.webhook_deliveries(&caller, &id, before, limit)?;
    Ok(Json(Envelope::success(tries.into_iter().map(DeliveryBody::from).collect())))
}

/// `POST /api/webhooks/{id}/replay`: sends one event, or a range, once more, before anything new.
#[utoipa::path(post, path = "/api/webhooks/{id}/replay", tag = "Webhooks", request_body = ReplayBody,
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<ReplayAnswer>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal), (status = 404, body = Refusal),
        (status = 422, body = Refusal)))]
pub async fn replay(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<ReplayBody>,
) -> Answer<ReplayAnswer> {
    let (from, to) = body.into_inner().into_range()?;
    Ok(Json(Envelope::success(app.webhook_replay(&caller, &id, from, to).await?.into())))
}

/// `POST /api/webhooks/{id}/test`: sends a test now, beside the queue, and answers what came of it.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "Webhooks",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Envelope<DeliveryBody>), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn test(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<DeliveryBody> {
    Ok(Json(Envelope::success(app.webhook_test(&caller, &id).await?.into())))
}
