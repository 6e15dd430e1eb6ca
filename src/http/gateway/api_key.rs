//! Keys of programs.

use actix_web::web::{Data, Json, Path};

use super::auth::GatewayCaller;
use super::envelope::{Answer, Envelope, Nothing, Refusal};
use super::json::GatewayJson;
use super::wire::api_key::{ApiKey, NewApiKey};
use crate::app::App;

/// `POST /api/user/apikey`: a key that acts for the caller; this answer is the only one that shows it.
#[utoipa::path(post, path = "/api/user/apikey", tag = "API keys", request_body = NewApiKey,
    responses((status = 200, body = Envelope<ApiKey>), (status = 400, body = Refusal), (status = 403, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<NewApiKey>) -> Answer<ApiKey> {
    let created = app.api_key_create(&caller, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(created.into())))
}

/// `GET /api/user/apikeys`: an administrator sees all keys, others their own.
#[utoipa::path(get, path = "/api/user/apikeys", tag = "API keys",
    responses((status = 200, body = Envelope<Vec<ApiKey>>), (status = 403, body = Refusal)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<ApiKey>> {
    let keys = app.api_key_list(&caller)?;
    let total = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    Ok(Json(Envelope::list(keys.into_iter().map(ApiKey::from).collect(), total)))
}

/// `DELETE /api/user/apikey/{key}`: by its id or by the key itself.
#[utoipa::path(delete, path = "/api/user/apikey/{key}", tag = "API keys",
    params(("key" = String, Path, description = "The key's id, or the key")),
    responses((status = 200, body = Envelope<Nothing>), (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, key: Path<String>) -> Answer<Nothing> {
    app.api_key_delete(&caller, &key).await?;
    Ok(Json(Envelope::done("success")))
}
