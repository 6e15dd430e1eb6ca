//! Payment methods of customers of the vault: cards, bank accounts, tokens.

use actix_web::web::{Data, Json, Path, Query};

use super::customer::path_id;
use super::wire::customer::VaultRecord;
use super::wire::payment_method::{AchBody, CardBody, GooglePayBody, TokenBody, TrialQuery};
use super::wire::wallet::NewApplePay;
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::app::payment_method::{ChangeMethod, NewMethod};
use crate::domain::id::{CustomerId, PaymentMethodId};
use crate::domain::payment_method::MethodType;
use crate::error::Result;

/// `POST /api/vault/customer/{id}/card`: adds a card.
#[utoipa::path(post, path = "/api/vault/customer/{id}/card", tag = "Vault", params(TrialQuery), request_body = CardBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn create_card(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<TrialQuery>,
    body: GatewayJson<CardBody>,
) -> Answer<VaultRecord> {
    let method = body.into_inner().into_method()?;
    create(&app, &caller, &id, query, method).await
}

/// `POST /api/vault/customer/{id}/card/{method_id}`: changes a card.
#[utoipa::path(post, path = "/api/vault/customer/{id}/card/{method_id}", tag = "Vault", request_body = CardBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn update_card(
    app: Data<App>,
    caller: GatewayCaller,
    ids: Path<(String, String)>,
    body: GatewayJson<CardBody>,
) -> Answer<VaultRecord> {
    let change = body.into_inner().into_change()?;
    update(&app, &caller, &ids, MethodType::Card, change).await
}

/// `DELETE /api/vault/customer/{id}/card/{method_id}`: takes a card away.
#[utoipa::path(delete, path = "/api/vault/customer/{id}/card/{method_id}", tag = "Vault",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal)))]
pub async fn delete_card(app: Data<App>, caller: GatewayCaller, ids: Path<(String, String)>) -> Answer<Nothing> {
    delete(&app, &caller, &ids, MethodType::Card).await
}

/// `POST /api/vault/customer/{id}/ach`: adds a bank account.
#[utoipa::path(post, path = "/api/vault/customer/{id}/ach", tag = "Vault", params(TrialQuery), request_body = AchBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn create_ach(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<TrialQuery>,
    body: GatewayJson<AchBody>,
) -> Answer<VaultRecord> {
    let method = body.into_inner().into_method()?;
    create(&app, &caller, &id, query, method).await
}

/// `POST /api/vault/customer/{id}/ach/{method_id}`: changes a bank account.
#[utoipa::path(post, path = "/api/vault/customer/{id}/ach/{method_id}", tag = "Vault", request_body = AchBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn update_ach(
    app: Data<App>,
    caller: GatewayCaller,
    ids: Path<(String, String)>,
    body: GatewayJson<AchBody>,
) -> Answer<VaultRecord> {
    let change = body.into_inner().into_change()?;
    update(&app, &caller, &ids, MethodType::Ach, change).await
}

/// `DELETE /api/vault/customer/{id}/ach/{method_id}`: takes a bank account away.
#[utoipa::path(delete, path = "/api/vault/customer/{id}/ach/{method_id}", tag = "Vault",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal)))]
pub async fn delete_ach(app: Data<App>, caller: GatewayCaller, ids: Path<(String, String)>) -> Answer<Nothing> {
    delete(&app, &caller, &ids, MethodType::Ach).await
}

/// `POST /api/vault/customer/{id}/token`: adds the card of a token.
#[utoipa::path(post, path = "/api/vault/customer/{id}/token", tag = "Vault", params(TrialQuery), request_body = TokenBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn create_token(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<TrialQuery>,
    body: GatewayJson<TokenBody>,
) -> Answer<VaultRecord> {
    let method = body.into_inner().into_method()?;
    create(&app, &caller, &id, query, method).await
}

/// `POST /api/vault/customer/{id}/applepay`: adds the card of an Apple Pay token.
#[utoipa::path(post, path = "/api/vault/customer/{id}/applepay", tag = "Vault", params(TrialQuery), request_body = NewApplePay,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn create_apple_pay(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<TrialQuery>,
    body: GatewayJson<NewApplePay>,
) -> Answer<VaultRecord> {
    let method = body.into_inner().into_method()?;
    create(&app, &caller, &id, query, method).await
}

/// `POST /api/vault/customer/{id}/googlepay`: adds the card of a Google Pay token.
#[utoipa::path(post, path = "/api/vault/customer/{id}/googlepay", tag = "Vault", params(TrialQuery), request_body = GooglePayBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn create_google_pay(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    query: Query<TrialQuery>,
    body: GatewayJson<GooglePayBody>,
) -> Answer<VaultRecord> {
    let method = body.into_inner().into_method()?;
    create(&app, &caller, &id, query, method).await
}

/// `POST /api/vault/customer/{id}/token/{method_id}`: changes a card to that of a token.
#[utoipa::path(post, path = "/api/vault/customer/{id}/token/{method_id}", tag = "Vault", request_body = TokenBody,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn update_token(
    app: Data<App>,
    caller: GatewayCaller,
    ids: Path<(String, String)>,
    body: GatewayJson<TokenBody>,
) -> Answer<VaultRecord> {
    let change = body.into_inner().into_change()?;
    update(&app, &caller, &ids, MethodType::Card, change).await
}

async fn create(
    app: &App,
    caller: &GatewayCaller,
    id: &str,
    query: Query<TrialQuery>,
    method: NewMethod,
) -> Answer<VaultRecord> {
    let trial = query.into_inner().into_trial()?;
    let (record, method_id) = app.payment_method_create_tried(caller, &path_id(id)?, method, trial).await?;
    Ok(Json(Envelope::success(VaultRecord::with_new_method(record, &method_id))))
}

async fn update(
    app: &App,
    caller: &GatewayCaller,
    ids: &(String, String),
    kind: MethodType,
    change: ChangeMethod,
) -> Answer<VaultRecord> {
    let (customer_id, id) = method_ids(ids)?;
    let record = app.payment_method_update(caller, &customer_id, &id, kind, change).await?;
    Ok(Json(Envelope::success(record.into())))
}

async fn delete(app: &App, caller: &GatewayCaller, ids: &(String, String), kind: MethodType) -> Answer<Nothing> {
    let (customer_id, id) = method_ids(ids)?;
    app.payment_method_delete(caller, &customer_id, &id, kind).await?;
    Ok(Json(Envelope::done("success")))
}

fn method_ids((customer_id, id): &(String, String)) -> Result<(CustomerId, PaymentMethodId)> {
    Ok((path_id(customer_id)?, path_id(id)?))
}
