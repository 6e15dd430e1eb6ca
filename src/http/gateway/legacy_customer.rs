//! The deprecated `/api/customer`: the records of `/api/vault` under their older names. A translator only.

use actix_web::web::{Data, Json, Path, Query};

use super::customer::path_id;
use super::wire::customer::NewAddress;
use super::wire::customer_search::CustomerSearch;
use super::wire::legacy_customer::{
    LegacyAddress, LegacyCustomer, LegacyCustomerChange, LegacyList, LegacyMethod, LegacyMethodPath, LegacyMethods,
    LegacyNewCustomer, LegacyShown, LegacyStored, in_legacy_words, method_type,
};
use super::wire::payment_method::TrialQuery;
use super::{Answer, Envelope, GatewayCaller, GatewayError, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::domain::address::CustomerAddress;
use crate::domain::customer::CustomerRecord;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId};
use crate::domain::payment_method::{MethodType, PaymentMethod};
use crate::error::{Error, Result};

type Listed<T> = Result<Json<LegacyList<T>>, GatewayError>;

/// `POST /api/customer`: makes a customer.
#[utoipa::path(post, path = "/api/customer", tag = "Customers (deprecated)", params(TrialQuery),
    request_body = LegacyNewCustomer,
    responses((status = 200, body = Envelope<LegacyCustomer>), (status = 400, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    query: Query<TrialQuery>,
    body: GatewayJson<LegacyNewCustomer>,
) -> Answer<LegacyCustomer> {
    let command = body.into_inner().into_command().map_err(in_legacy_words)?;
    let trial = query.into_inner().into_trial()?;
    let record = app.customer_create_tried(&caller, command, trial).await.map_err(in_legacy_words)?;
    Ok(Json(Envelope::success(record.into())))
}

/// `POST /api/customer/search`: customers that fit, newest first.
#[utoipa::path(post, path = "/api/customer/search", tag = "Customers (deprecated)", request_body = CustomerSearch,
    responses((status = 200, body = LegacyList<LegacyCustomer>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<CustomerSearch>,
) -> Listed<LegacyCustomer> {
    let (filter, limit, offset) = body.into_inner().into_filter()?;
    let (records, total) = app.customer_search(&caller, &filter, limit, offset)?;
    Ok(Json(LegacyList::found(records.into_iter().map(LegacyCustomer::from).collect(), total)))
}

/// `GET /api/customer/{id}`: the customer with its defaults.
#[utoipa::path(get, path = "/api/customer/{id}", tag = "Customers (deprecated)",
    responses((status = 200, body = Envelope<LegacyCustomer>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<LegacyCustomer> {
    Ok(Json(Envelope::success(app.customer_find(&caller, &path_id(&id)?)?.into())))
}

/// `POST /api/customer/{id}`: changes a customer.
#[utoipa::path(post, path = "/api/customer/{id}", tag = "Customers (deprecated)", request_body = LegacyCustomerChange,
    responses((status = 200, body = Envelope<LegacyCustomer>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<LegacyCustomerChange>,
) -> Answer<LegacyCustomer> {
    let change = body.into_inner().into_command().map_err(in_legacy_words)?;
    let record = app.customer_update(&caller, &path_id(&id)?, change).await.map_err(in_legacy_words)?;
    Ok(Json(Envelope::success(record.into())))
}

/// `DELETE /api/customer/{id}`: deletes a customer.
#[utoipa::path(delete, path = "/api/customer/{id}", tag = "Customers (deprecated)",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.customer_delete(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

/// `GET /api/customer/{id}/addresses`: its addresses, oldest first; the path may end in `/address`.
#[utoipa::path(get, path = "/api/customer/{id}/addresses", tag = "Customers (deprecated)",
    responses((status = 200, body = LegacyList<LegacyAddress>), (status = 404, body = Refusal)))]
pub async fn list_addresses(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Listed<LegacyAddress> {
    let record = app.customer_find(&caller, &path_id(&id)?)?;
    Ok(Json(LegacyList::of(record.addresses.into_iter().map(LegacyAddress::from).collect())))
}

/// `POST /api/customer/{id}/address`: adds an address; the path may end in `/addresses`.
#[utoipa::path(post, path = "/api/customer/{id}/address", tag = "Customers (deprecated)", request_body = NewAddress,
    responses((status = 200, body = Envelope<LegacyAddress>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn create_address(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewAddress>,
) -> Answer<LegacyAddress> {
    let address = body.into_inner().into_address();
    let created = app.address_create(&caller, &path_id(&id)?, address).await;
    let (record, address_id) = created.map_err(in_legacy_words)?;
    Ok(Json(Envelope::success(address_of(&record, &address_id)?.into())))
}

/// `GET /api/customer/{id}/address/{address_id}`: one address; `/addresses/…` is the same.
#[utoipa::path(get, path = "/api/customer/{id}/address/{address_id}", tag = "Customers (deprecated)",
    responses((status = 200, body = Envelope<LegacyAddress>), (status = 404, body = Refusal)))]
pub async fn show_address(app: Data<App>, caller: GatewayCaller, ids: Path<(String, String)>) -> Answer<LegacyAddress> {
    let (customer_id, id) = address_ids(&ids)?;
    let record = app.customer_find(&caller, &customer_id)?;
    Ok(Json(Envelope::success(address_of(&record, &id)?.into())))
}

/// `POST /api/customer/{id}/address/{address_id}`: changes an address; what is not given stays.
#[utoipa::path(post, path = "/api/customer/{id}/address/{address_id}", tag = "Customers (deprecated)",
    request_body = NewAddress,
    responses((status = 200, body = Envelope<LegacyAddress>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update_address(
    app: Data<App>,
    caller: GatewayCaller,
    ids: Path<(String, String)>,
    body: GatewayJson<NewAddress>,
) -> Answer<LegacyAddress> {
    let (customer_id, id) = address_ids(&ids)?;
    let changed = app.address_update(&caller, &customer_id, &id, body.into_inner().into_change()).await;
    let record = changed.map_err(in_legacy_words)?;
    Ok(Json(Envelope::success(address_of(&record, &id)?.into())))
}

/// `DELETE /api/customer/{id}/address/{address_id}`: takes an address away.
#[utoipa::path(delete, path = "/api/customer/{id}/address/{address_id}", tag = "Customers (deprecated)",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn delete_address(app: Data<App>, caller: GatewayCaller, ids: Path<(String, String)>) -> Answer<Nothing> {
    let (customer_id, id) = address_ids(&ids)?;
    app.address_delete(&caller, &customer_id, &id).await?;
    Ok(Json(Envelope::done("success")))
}

/// `GET /api/customer/{id}/paymentmethod/{kind}`: its cards or its bank accounts, oldest first.
#[utoipa::path(get, path = "/api/customer/{id}/paymentmethod/{kind}", tag = "Customers (deprecated)",
    params(LegacyMethods),
    responses((status = 200, body = LegacyList<LegacyShown>), (status = 404, body = Refusal)))]
pub async fn list_methods(app: Data<App>, caller: GatewayCaller, path: Path<LegacyMethods>) -> Listed<LegacyShown> {
    let kind = method_type(&path.kind)?;
    let record = app.customer_find(&caller, &path_id(&path.id)?)?;
    let of_kind = record.methods.iter().filter(|method| method.method_type() == kind);
    Ok(Json(LegacyList::of(of_kind.map(LegacyShown::of).collect())))
}

/// `POST /api/customer/{id}/paymentmethod/{kind}`: adds a card, a bank account, or what a token stands for.
#[utoipa::path(post, path = "/api/customer/{id}/paymentmethod/{kind}", tag = "Customers (deprecated)",
    params(LegacyMethods, TrialQuery), request_body = LegacyMethod,
    responses((status = 200, body = Envelope<LegacyStored>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn create_method(
    app: Data<App>,
    caller: GatewayCaller,
    path: Path<LegacyMethods>,
    query: Query<TrialQuery>,
    body: GatewayJson<LegacyMethod>,
) -> Answer<LegacyStored> {
    let (method, trial) = (body.into_inner().into_method(&path.kind)?, query.into_inner().into_trial()?);
    let (record, id) = app.payment_method_create_tried(&caller, &path_id(&path.id)?, method, trial).await?;
    let made = record.method(&id).ok_or_else(|| Error::not_found("payment method", id.as_str()))?;
    Ok(Json(Envelope::success(LegacyStored::of(made))))
}

/// `GET /api/customer/{id}/paymentmethod/{kind}/{method_id}`: one payment method.
#[utoipa::path(get, path = "/api/customer/{id}/paymentmethod/{kind}/{method_id}", tag = "Customers (deprecated)",
    params(LegacyMethodPath),
    responses((status = 200, body = Envelope<LegacyShown>), (status = 404, body = Refusal)))]
pub async fn show_method(app: Data<App>, caller: GatewayCaller, path: Path<LegacyMethodPath>) -> Answer<LegacyShown> {
    let (customer_id, id, kind) = method_ids(&path)?;
    let record = app.customer_find(&caller, &customer_id)?;
    Ok(Json(Envelope::success(LegacyShown::of(method_of(&record, &id, kind)?))))
}

/// `POST /api/customer/{id}/paymentmethod/{kind}/{method_id}`: changes a payment method; what is not given stays.
#[utoipa::path(post, path = "/api/customer/{id}/paymentmethod/{kind}/{method_id}", tag = "Customers (deprecated)",
    params(LegacyMethodPath), request_body = LegacyMethod,
    responses((status = 200, body = Envelope<LegacyStored>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update_method(
    app: Data<App>,
    caller: GatewayCaller,
    path: Path<LegacyMethodPath>,
    body: GatewayJson<LegacyMethod>,
) -> Answer<LegacyStored> {
    let (customer_id, id, kind) = method_ids(&path)?;
    let change = body.into_inner().into_change(kind)?;
    let record = app.payment_method_update(&caller, &customer_id, &id, kind, change).await?;
    Ok(Json(Envelope::success(LegacyStored::of(method_of(&record, &id, kind)?))))
}

/// `DELETE /api/customer/{id}/paymentmethod/{kind}/{method_id}`: takes a payment method away.
#[utoipa::path(delete, path = "/api/customer/{id}/paymentmethod/{kind}/{method_id}", tag = "Customers (deprecated)",
    params(LegacyMethodPath),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn delete_method(app: Data<App>, caller: GatewayCaller, path: Path<LegacyMethodPath>) -> Answer<Nothing> {
    let (customer_id, id, kind) = method_ids(&path)?;
    app.payment_method_delete(&caller, &customer_id, &id, kind).await?;
    Ok(Json(Envelope::done("success")))
}

fn address_ids((customer_id, id): &(String, String)) -> Result<(CustomerId, AddressId)> {
    Ok((path_id(customer_id)?, path_id(id)?))
}

fn address_of(record: &CustomerRecord, id: &AddressId) -> Result<CustomerAddress> {
    record.address(id).cloned().ok_or_else(|| Error::not_found("address", id.as_str()))
}

fn method_ids(path: &LegacyMethodPath) -> Result<(CustomerId, PaymentMethodId, MethodType)> {
    let kind = method_type(&path.kind)?;
    Ok((path_id(&path.id)?, path_id(&path.method_id)?, kind))
}

fn method_of<'r>(record: &'r CustomerRecord, id: &PaymentMethodId, kind: MethodType) -> Result<&'r PaymentMethod> {
    let found = record.method(id).filter(|method| method.method_type() == kind);
    found.ok_or_else(|| Error::not_found("payment method", id.as_str()))
}
