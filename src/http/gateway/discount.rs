//! Discounts of the catalogue.

use actix_web::web::{Data, Json, Path};

use super::customer::path_id;
use super::wire::adjustment::{AdjustmentForm, AdjustmentShown};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::domain::adjustment::AdjustmentKind;
use crate::domain::id::AdjustmentId;
use crate::error::{Error, Result};

const KIND: AdjustmentKind = AdjustmentKind::Discount;

/// `POST /api/recurring/discount`: makes a discount.
#[utoipa::path(post, path = "/api/recurring/discount", tag = "Recurring", request_body = AdjustmentForm,
    responses((status = 200, body = Envelope<AdjustmentShown>), (status = 400, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<AdjustmentForm>,
) -> Answer<AdjustmentShown> {
    let made = app.adjustment_create(&caller, KIND, body.into_inner().into_terms()).await?;
    Ok(Json(Envelope::success(made.into())))
}

/// `GET /api/recurring/discount/{id}`: one discount.
#[utoipa::path(get, path = "/api/recurring/discount/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<AdjustmentShown>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<AdjustmentShown> {
    let found = app.adjustment_find(&caller, KIND, &id_of(&id)?)?;
    Ok(Json(Envelope::success(found.into())))
}

/// `GET /api/recurring/discounts`: all, oldest first.
#[utoipa::path(get, path = "/api/recurring/discounts", tag = "Recurring",
    responses((status = 200, body = Envelope<Vec<AdjustmentShown>>)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<AdjustmentShown>> {
    let rows: Vec<AdjustmentShown> = app.adjustment_list(&caller, KIND)?.into_iter().map(Into::into).collect();
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(Json(Envelope::list(rows, total)))
}

/// `POST /api/recurring/discount/{id}`: changes a discount; plans and subscriptions keep their copies.
#[utoipa::path(post, path = "/api/recurring/discount/{id}", tag = "Recurring", request_body = AdjustmentForm,
    responses((status = 200, body = Envelope<AdjustmentShown>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<AdjustmentForm>,
) -> Answer<AdjustmentShown> {
    let changed = app.adjustment_update(&caller, KIND, &id_of(&id)?, body.into_inner().into_terms()).await?;
    Ok(Json(Envelope::success(changed.into())))
}

/// `DELETE /api/recurring/discount/{id}`: takes it out of the catalogue; plans and subscriptions keep their copies.
#[utoipa::path(delete, path = "/api/recurring/discount/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<Nothing>), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.adjustment_delete(&caller, KIND, &id_of(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}

fn id_of(text: &str) -> Result<AdjustmentId> {
    path_id(text).map_err(|_| Error::not_found(KIND.noun(), text))
}
