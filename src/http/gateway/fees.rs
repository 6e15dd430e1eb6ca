//! Fees looked up, amounts calculated.

use actix_web::web::{Data, Json};

use super::wire::amounts::NewAmounts;
use super::wire::amounts_answer::AmountsBody;
use super::wire::fees::{FeesBody, FeesForm};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Refusal};
use crate::app::App;

/// `POST /api/lookup/fees`: the merchant's fees on a payment.
#[utoipa::path(post, path = "/api/lookup/fees", tag = "Fees", request_body = FeesForm,
    responses((status = 200, body = Envelope<FeesBody>), (status = 400, body = Refusal)))]
pub async fn lookup(app: Data<App>, caller: GatewayCaller, body: GatewayJson<FeesForm>) -> Answer<FeesBody> {
    let fees = app.fees_lookup(&caller, body.into_inner().into_command()?)?;
    Ok(Json(Envelope::success(fees.into())))
}

/// `POST /api/calculate/amounts`: the parts of a payment and their total; the answer goes into `amounts` of
/// `POST /api/transaction`.
#[utoipa::path(post, path = "/api/calculate/amounts", tag = "Fees", request_body = NewAmounts,
    responses((status = 200, body = Envelope<AmountsBody>), (status = 400, body = Refusal)))]
pub async fn calculate(app: Data<App>, caller: GatewayCaller, body: GatewayJson<NewAmounts>) -> Answer<AmountsBody> {
    let (command, echo) = body.into_inner().into_command()?;
    let quote = app.amounts_calculate(&caller, command)?;
    Ok(Json(Envelope::success(AmountsBody::of(quote, echo))))
}
