//! Transactions: charged, captured, voided, refunded, found.

use actix_web::web::{Data, Json, Path};

use super::customer::path_id;
use super::wire::customer::VaultRecord;
use super::wire::transaction::NewTransaction;
use super::wire::transaction_answer::{ResponseForm, TransactionBody};
use super::wire::transaction_follow_up::{NewCapture, NewRefund, NewTip};
use super::wire::transaction_multi::ReceiptTo;
use super::wire::transaction_search::TransactionSearch;
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::{App, Caller};
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};

/// `POST /api/transaction`: a sale, authorization, verification or credit. A decline is an answer like any other.
#[utoipa::path(post, path = "/api/transaction", tag = "Transactions", request_body = NewTransaction,
    responses((status = 200, body = Envelope<TransactionBody>), (status = 400, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<NewTransaction>,
) -> Answer<TransactionBody> {
    let command = body.into_inner().into_command(app.now().utc_date())?;
    let transaction = app.transaction_charge(caller.0.clone(), command).await?;
    shown(&app, &caller, transaction)
}

/// `GET /api/transaction/{id}`: the transaction, as a list of one.
#[utoipa::path(get, path = "/api/transaction/{id}", tag = "Transactions",
    responses((status = 200, body = Envelope<Vec<TransactionBody>>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Vec<TransactionBody>> {
    let transaction = app.transaction_find(&caller, &path_id(&id)?)?;
    Ok(Json(Envelope::list(bodies(&app, &caller, vec![transaction], ResponseForm::Body)?, 1)))
}

/// `POST /api/transaction/search`: transactions that fit, newest first.
#[utoipa::path(post, path = "/api/transaction/search", tag = "Transactions", request_body = TransactionSearch,
    responses((status = 200, body = Envelope<Vec<TransactionBody>>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<TransactionSearch>,
) -> Answer<Vec<TransactionBody>> {
    let (transactions, total) = app.transaction_search(&caller, body.into_inner().into_query()?)?;
    Ok(Json(Envelope::found(bodies(&app, &caller, transactions, ResponseForm::Word)?, total)))
}

/// `POST /api/transaction/{id}/capture`: takes held money, all of it or less.
#[utoipa::path(post, path = "/api/transaction/{id}/capture", tag = "Transactions", request_body = NewCapture,
    responses((status = 200, body = Envelope<TransactionBody>), (status = 400, body = Refusal)))]
pub async fn capture(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewCapture>,
) -> Answer<TransactionBody> {
    let command = body.into_inner().into_command()?;
    let transaction = app.transaction_capture(caller.0.clone(), path_id(&id)?, command).await?;
    shown(&app, &caller, transaction)
}

/// `POST /api/transaction/{id}/void`: undoes what has not settled; an authorization is released.
#[utoipa::path(post, path = "/api/transaction/{id}/void", tag = "Transactions",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal)))]
pub async fn void(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.transaction_void(caller.0.clone(), path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/transaction/{id}/refund`: gives settled money back; the answer is the refund, a transaction of its own.
#[utoipa::path(post, path = "/api/transaction/{id}/refund", tag = "Transactions", request_body = NewRefund,
    responses((status = 200, body = Envelope<TransactionBody>), (status = 400, body = Refusal)))]
pub async fn refund(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewRefund>,
) -> Answer<TransactionBody> {
    let command = body.into_inner().into_command()?;
    let transaction = app.transaction_refund(caller.0.clone(), path_id(&id)?, command).await?;
    shown(&app, &caller, transaction)
}

/// `POST /api/transaction/{id}/tipadjust`: sets the tip of what is held or waits for settlement.
#[utoipa::path(post, path = "/api/transaction/{id}/tipadjust", tag = "Transactions", request_body = NewTip,
    responses((status = 200, body = Envelope<TransactionBody>), (status = 400, body = Refusal)))]
pub async fn tip(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewTip>,
) -> Answer<TransactionBody> {
    let command = body.into_inner().into_command()?;
    let transaction = app.transaction_tip(caller.0.clone(), path_id(&id)?, command).await?;
    shown(&app, &caller, transaction)
}

/// `POST /api/transaction/{id}/vault`: makes a customer of what paid; the customer that paid where there is one.
#[utoipa::path(post, path = "/api/transaction/{id}/vault", tag = "Transactions",
    responses((status = 200, body = Envelope<VaultRecord>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn vault(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<VaultRecord> {
    let record = app.transaction_keep(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::success(record.into())))
}

/// `POST /api/transaction/{id}/email`: mails the receipt.
#[utoipa::path(post, path = "/api/transaction/{id}/email", tag = "Transactions", request_body = ReceiptTo,
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn email(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<ReceiptTo>,
) -> Answer<Nothing> {
    app.transaction_mail(&caller, &path_id(&id)?, body.into_inner().email_address).await?;
    Ok(Json(Envelope::done("success")))
}

fn shown(app: &App, caller: &Caller, transaction: Transaction) -> Answer<TransactionBody> {
    let id = transaction.id.to_string();
    let body = bodies(app, caller, vec![transaction], ResponseForm::Word)?.pop();
    Ok(Json(Envelope::success(body.ok_or_else(|| Error::not_found("transaction", id))?)))
}

fn bodies(
    app: &App,
    caller: &Caller,
    transactions: Vec<Transaction>,
    form: ResponseForm,
) -> Result<Vec<TransactionBody>> {
    let views = app.transactions_describe(caller, transactions)?;
    views.into_iter().map(|view| TransactionBody::of(view, form)).collect()
}
