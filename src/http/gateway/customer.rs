//! Customers of the vault, and their addresses.

use actix_web::web::{Data, Json, Path, Query};

use super::wire::customer::{CustomerChange, ExpiryForm, NewAddress, NewCustomer, VaultRecord};
use super::wire::customer_search::CustomerSearch;
use super::wire::payment_method::TrialQuery;
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::domain::id::{AddressId, CustomerId, Id, Kind};
use crate::error::{Error, Result};

/// The id in a path; what cannot be one is found nowhere.
pub(super) fn path_id<K: Kind>(text: &str) -> Result<Id<K>> {
    Id::parse(text).ok_or_else(|| Error::not_found(K::NAME, text))
}

/// `POST /api/vault/customer`: makes a customer.
#[utoipa::path(post, path = "/api/vault/customer", tag = "Vault", params(TrialQuery), request_body = NewCustomer,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    query: Query<TrialQuery>,
    body: GatewayJson<NewCustomer>,
) -> Answer<VaultRecord> {
    let (command, trial) = (body.into_inner().into_command()?, query.into_inner().into_trial()?);
    let record = app.customer_create_tried(&caller, command, trial).await?;
    Ok(Json(Envelope::success(record.into())))
}

/// `GET /api/vault/{id}`: the customer with addresses and payment methods.
#[utoipa::path(get, path = "/api/vault/{id}", tag = "Vault",
    responses((status = 200, body = Envelope<VaultRecord>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<VaultRecord> {
    let record = app.customer_find(&caller, &path_id(&id)?)?;
    Ok(Json(Envelope::success(record.into())))
}

/// `GET /api/vault/customer/{id}`: as `GET /api/vault/{id}`.
#[utoipa::path(get, path = "/api/vault/customer/{id}", tag = "Vault",
    responses((status = 200, body = Envelope<VaultRecord>), (status = 404, body = Refusal)))]
pub async fn show_customer(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<VaultRecord> {
    show(app, caller, id).await
}

/// `POST /api/vault/customer/search`: customers that fit, newest first.
#[utoipa::path(post, path = "/api/vault/customer/search", tag = "Vault", request_body = CustomerSearch,
    responses((status = 200, body = Envelope<Vec<VaultRecord>>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<CustomerSearch>,
) -> Answer<Vec<VaultRecord>> {
    let (filter, limit, offset) = body.into_inner().into_filter()?;
    let (records, total) = app.customer_search(&caller, &filter, limit, offset)?;
    let rows = records.into_iter().map(|record| VaultRecord::of(record, ExpiryForm::MonthYear)).collect();
    Ok(Json(Envelope::found(rows, total)))
}

/// `POST /api/vault/customer/{id}`: changes a customer.
#[utoipa::path(post, path = "/api/vault/customer/{id}", tag = "Vault", request_body = CustomerChange,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<CustomerChange>,
) -> Answer<VaultRecord> {
    let record = app.customer_update(&caller, &path_id(&id)?, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(record.into())))
}

/// `DELETE /api/vault/{id}`: deletes a customer.
#[utoipa::path(delete, path = "/api/vault/{id}", tag = "Vault",
    responses((status = 200, body = Envelope<Nothing>), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.customer_delete(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

/// `DELETE /api/vault/customer/{id}`: as `DELETE /api/vault/{id}`.
#[utoipa::path(delete, path = "/api/vault/customer/{id}", tag = "Vault",
    responses((status = 200, body = Envelope<Nothing>), (status = 404, body = Refusal)))]
pub async fn delete_customer(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    delete(app, caller, id).await
}

/// `POST /api/vault/customer/{id}/address`: adds an address.
#[utoipa::path(post, path = "/api/vault/customer/{id}/address", tag = "Vault", request_body = NewAddress,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn create_address(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewAddress>,
) -> Answer<VaultRecord> {
    let address = body.into_inner().into_address();
    let (record, address_id) = app.address_create(&caller, &path_id(&id)?, address).await?;
    Ok(Json(Envelope::success(VaultRecord::with_new_address(record, &address_id))))
}

/// `POST /api/vault/customer/{id}/address/{address_id}`: changes an address.
#[utoipa::path(post, path = "/api/vault/customer/{id}/address/{address_id}", tag = "Vault", request_body = NewAddress,
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal)))]
pub async fn update_address(
    app: Data<App>,
    caller: GatewayCaller,
    ids: Path<(String, String)>,
    body: GatewayJson<NewAddress>,
) -> Answer<VaultRecord> {
    let (customer_id, id) = address_ids(&ids)?;
    let record = app.address_update(&caller, &customer_id, &id, body.into_inner().into_change()).await?;
    Ok(Json(Envelope::success(record.into())))
}

/// `DELETE /api/vault/customer/{id}/address/{address_id}`: takes an address away.
#[utoipa::path(delete, path = "/api/vault/customer/{id}/address/{address_id}", tag = "Vault",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal)))]
pub async fn delete_address(app: Data<App>, caller: GatewayCaller, ids: Path<(String, String)>) -> Answer<Nothing> {
    let (customer_id, id) = address_ids(&ids)?;
    app.address_delete(&caller, &customer_id, &id).await?;
    Ok(Json(Envelope::done("success")))
}

fn address_ids((customer_id, id): &(String, String)) -> Result<(CustomerId, AddressId)> {
    Ok((path_id(customer_id)?, path_id(id)?))
}
