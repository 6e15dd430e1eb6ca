//! The public key with which anyone checks the orders that this instance signs.

use actix_web::web::Data as Shared;
use serde_json::json;

use super::answer::{Answer, Json};
use crate::app::App;

/// `GET /.well-known/jwks.json`: the key, as RFC 7517 has it.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Orders", security(()),
    responses((status = 200, body = Object)))]
pub async fn show(app: Shared<App>) -> Answer {
    let key = app.signing_key_public().await?;
    Json::answer(&json!({
        "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.kid, "n": key.modulus(), "e": key.exponent(),
        }],
    }))
}
