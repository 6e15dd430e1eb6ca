//! Invoices.

use actix_web::web::{Data, Json, Path};

use super::customer::path_id;
use super::wire::invoice::NewInvoice;
use super::wire::invoice_pay::{NewInvoicePayment, PaidInvoice, ShownPayment, is_by_mail};
use super::wire::invoice_search::InvoiceSearch;
use super::wire::invoice_shown::ShownInvoice;
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::domain::invoice::Invoice;
use crate::error::Result;

/// `POST /api/invoice`: issues an invoice.
#[utoipa::path(post, path = "/api/invoice", tag = "Invoices", request_body = NewInvoice, operation_id = "invoice_create",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 400, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<NewInvoice>) -> Answer<ShownInvoice> {
    let invoice = app.invoice_create(&caller, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `GET /api/invoice/{id}`: the invoice with its items.
#[utoipa::path(get, path = "/api/invoice/{id}", tag = "Invoices", operation_id = "invoice_show",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<ShownInvoice> {
    let invoice = app.invoice_find(&caller, &path_id(&id)?)?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `POST /api/invoice/{id}`: writes an invoice anew on which nothing was paid.
#[utoipa::path(post, path = "/api/invoice/{id}", tag = "Invoices", request_body = NewInvoice,
    operation_id = "invoice_update",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 400, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewInvoice>,
) -> Answer<ShownInvoice> {
    let id = path_id(&id)?;
    app.invoice_find(&caller, &id)?; // an unknown id is 404, whatever the body
    let invoice = app.invoice_update(&caller, &id, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `DELETE /api/invoice/{id}`: deletes an invoice on which nothing was paid.
#[utoipa::path(delete, path = "/api/invoice/{id}", tag = "Invoices", operation_id = "invoice_delete",
    responses((status = 200, body = Envelope<Nothing>), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.invoice_delete(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/invoice/{id}/mark-as-paid`: says that the rest was paid outside.
#[utoipa::path(post, path = "/api/invoice/{id}/mark-as-paid", tag = "Invoices", operation_id = "invoice_mark_paid",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 404, body = Refusal)))]
pub async fn mark_paid(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<ShownInvoice> {
    let invoice = app.invoice_mark_paid(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `POST /api/invoice/{id}/reactivate`: what the customer rejected is owed again.
#[utoipa::path(post, path = "/api/invoice/{id}/reactivate", tag = "Invoices", operation_id = "invoice_reactivate",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 404, body = Refusal)))]
pub async fn reactivate(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<ShownInvoice> {
    let invoice = app.invoice_reactivate(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `POST /api/invoice/{id}/resend`: mails it to its customer again.
#[utoipa::path(post, path = "/api/invoice/{id}/resend", tag = "Invoices", operation_id = "invoice_resend",
    responses((status = 200, body = Envelope<ShownInvoice>), (status = 404, body = Refusal)))]
pub async fn resend(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<ShownInvoice> {
    let invoice = app.invoice_resend(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::success(shown(&app, invoice)?)))
}

/// `POST /api/invoice/{id}/pay`: pays it, whole or in part, or says that a check is on its way.
#[utoipa::path(post, path = "/api/invoice/{id}/pay", tag = "Invoices", request_body = NewInvoicePayment,
    operation_id = "invoice_pay",
    responses((status = 200, body = Envelope<PaidInvoice>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn pay(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<NewInvoicePayment>,
) -> Answer<PaidInvoice> {
    let (id, body) = (path_id(&id)?, body.into_inner());
    let invoice = app.invoice_find(&caller, &id)?;
    if is_by_mail(&body)? {
        let invoice = shown(&app, app.invoice_expect_mail(&caller, &id).await?)?;
        return Ok(Json(Envelope::success(PaidInvoice { invoice, transaction: None })));
    }
    let canonical = body.canonical(&invoice)?;
    let command = body.into_command(&invoice, app.now().utc_date())?;
    let payment = app.invoice_pay_for(caller.0.clone(), command, &canonical).await?;
    let transaction = Some(ShownPayment::of(payment, &app.settings().public_url));
    let invoice = shown(&app, app.invoice_find(&caller, &id)?)?;
    Ok(Json(Envelope::success(PaidInvoice { invoice, transaction })))
}

/// `POST /api/invoices/search`: invoices that fit, newest first.
#[utoipa::path(post, path = "/api/invoices/search", tag = "Invoices", request_body = InvoiceSearch,
    operation_id = "invoice_search",
    responses((status = 200, body = Envelope<Vec<ShownInvoice>>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<InvoiceSearch>,
) -> Answer<Vec<ShownInvoice>> {
    let (filter, limit, offset) = body.into_inner().into_filter(app.now().utc_date())?;
    let (found, total) = app.invoice_search(&caller, filter, limit, offset)?;
    let rows: Result<Vec<_>> = found.into_iter().map(|invoice| shown(&app, invoice)).collect();
    Ok(Json(Envelope::found(rows?, total)))
}

fn shown(app: &App, invoice: Invoice) -> Result<ShownInvoice> {
    Ok(ShownInvoice::of(invoice, &app.company()?.id, &app.settings().public_url))
}
