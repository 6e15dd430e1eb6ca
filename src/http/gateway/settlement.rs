//! Settlement batches: found.

use actix_web::web::{Data, Json};

use super::wire::settlement::{SettlementBody, SettlementSearch};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Refusal};
use crate::app::App;

/// `POST /api/settlement/batch/search`: batches that fit, newest first, and their sums by day.
#[utoipa::path(post, path = "/api/settlement/batch/search", tag = "Settlement", request_body = SettlementSearch,
    responses((status = 200, body = Envelope<SettlementBody>), (status = 400, body = Refusal)))]
pub async fn search(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<SettlementSearch>,
) -> Answer<SettlementBody> {
    let (filter, limit, offset) = body.into_inner().into_filter()?;
    let (found, total) = SettlementBody::of(app.settlement_search(&caller, &filter, limit, offset)?);
    Ok(Json(Envelope::counted(found, total)))
}
