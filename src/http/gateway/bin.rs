//! What the first digits of a card tell.

use actix_web::web::{Data, Json};

use super::wire::bin::{BinBody, BinForm};
use super::{GatewayCaller, GatewayError, GatewayJson, Refusal};
use crate::app::App;

/// `POST /api/lookup/bin/protected`: what the first digits of a card tell; an empty object where nothing is known. The
/// answer has no envelope.
#[utoipa::path(post, path = "/api/lookup/bin/protected", tag = "Fees", request_body = BinForm,
    responses((status = 200, body = BinBody), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 408, body = Refusal), (status = 413, body = Refusal)))]
pub async fn lookup(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<BinForm>,
) -> Result<Json<BinBody>, GatewayError> {
    let found = app.bin_lookup(&caller, body.into_inner().into_question()?)?;
    Ok(Json(found.map(BinBody::from).unwrap_or_default()))
}
