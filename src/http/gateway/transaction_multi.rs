//! Several transactions at once: each is done on its own, a refused one stops none, and each has its verdict.

use actix_web::web::{Data, Json};

use super::customer::path_id;
use super::wire::transaction_multi::{ManyCharges, ManyRefunds, ManyVoids, Verdict};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Refusal};
use crate::app::App;
use crate::app::transaction::RefundTransaction;

/// `POST /api/transaction/multi`: charges, one after another.
#[utoipa::path(post, path = "/api/transaction/multi", tag = "Transactions", request_body = ManyCharges,
    responses((status = 200, body = Envelope<Vec<Verdict>>), (status = 400, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<ManyCharges>) -> Answer<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (at, new) in body.into_inner().into_checked()?.into_iter().enumerate() {
        let order_id = new.order_id.clone();
        let made = match new.into_command(app.now().utc_date()) {
            Ok(command) => app.transaction_charge(caller.nth(at), command).await,
            Err(why) => Err(why),
        };
        verdicts.push(Verdict::of("", &order_id, made));
    }
    Ok(Json(Envelope::success(verdicts)))
}

/// `POST /api/transaction/multi/void`: undoes transactions, one after another.
#[utoipa::path(post, path = "/api/transaction/multi/void", tag = "Transactions", request_body = ManyVoids,
    responses((status = 200, body = Envelope<Vec<Verdict>>), (status = 400, body = Refusal)))]
pub async fn void(app: Data<App>, caller: GatewayCaller, body: GatewayJson<ManyVoids>) -> Answer<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (at, of) in body.into_inner().into_checked()?.into_iter().enumerate() {
        let done = match path_id(&of.id) {
            Ok(id) => app.transaction_void(caller.nth(at), id).await,
            Err(why) => Err(why),
        };
        verdicts.push(Verdict::of(&of.id, "", done));
    }
    Ok(Json(Envelope::success(verdicts)))
}

/// `POST /api/transaction/multi/refund`: gives money of transactions back, one after another; the verdict names the
/// refund.
#[utoipa::path(post, path = "/api/transaction/multi/refund", tag = "Transactions", request_body = ManyRefunds,
    responses((status = 200, body = Envelope<Vec<Verdict>>), (status = 400, body = Refusal)))]
pub async fn refund(app: Data<App>, caller: GatewayCaller, body: GatewayJson<ManyRefunds>) -> Answer<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for (at, of) in body.into_inner().into_checked()?.into_iter().enumerate() {
        let done = match (path_id(&of.id), of.amount()) {
            (Ok(id), Ok(amount)) => app.transaction_refund(caller.nth(at), id, RefundTransaction::of(amount)).await,
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        verdicts.push(Verdict::of(&of.id, "", done));
    }
    Ok(Json(Envelope::success(verdicts)))
}
