//! Plans.

use actix_web::web::{Data, Json, Path};

use super::customer::path_id;
use super::wire::plan::{PlanForm, PlanShown};
use super::{Answer, Envelope, GatewayCaller, GatewayJson, Nothing, Refusal};
use crate::app::App;
use crate::error::Result;

/// `POST /api/recurring/plan`: makes a plan.
#[utoipa::path(post, path = "/api/recurring/plan", tag = "Recurring", request_body = PlanForm,
    responses((status = 200, body = Envelope<PlanShown>), (status = 400, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<PlanForm>) -> Answer<PlanShown> {
    let made = app.plan_create(&caller, body.into_inner().into_terms()).await?;
    Ok(Json(Envelope::success(PlanShown::of(made)?)))
}

/// `GET /api/recurring/plan/{id}`: one plan.
#[utoipa::path(get, path = "/api/recurring/plan/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<PlanShown>), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<PlanShown> {
    let found = app.plan_find(&caller, &path_id(&id)?)?;
    Ok(Json(Envelope::success(PlanShown::of(found)?)))
}

/// `GET /api/recurring/plans`: all, oldest first.
#[utoipa::path(get, path = "/api/recurring/plans", tag = "Recurring",
    responses((status = 200, body = Envelope<Vec<PlanShown>>)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<PlanShown>> {
    let rows = app.plan_list(&caller)?.into_iter().map(PlanShown::of).collect::<Result<Vec<_>>>()?;
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(Json(Envelope::list(rows, total)))
}

/// `POST /api/recurring/plan/{id}`: changes a plan; its subscriptions keep what they were made with, but for the
/// amount where `update_subscriptions` asks for it.
#[utoipa::path(post, path = "/api/recurring/plan/{id}", tag = "Recurring", request_body = PlanForm,
    responses((status = 200, body = Envelope<PlanShown>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<PlanForm>,
) -> Answer<PlanShown> {
    let changed = app.plan_update(&caller, &path_id(&id)?, body.into_inner().into_terms()).await?;
    Ok(Json(Envelope::success(PlanShown::of(changed)?)))
}

/// `DELETE /api/recurring/plan/{id}`: deletes a plan that no subscription may still be billed by.
#[utoipa::path(delete, path = "/api/recurring/plan/{id}", tag = "Recurring",
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.plan_delete(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}
