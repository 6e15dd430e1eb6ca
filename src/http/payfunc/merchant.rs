//! The merchant whose books these are: one per instance, so none can be made.

use actix_web::web::{Data as Shared, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Json};
use super::{AccountRefusal, PrivateCaller, Written};
use crate::app::App;
use crate::app::company::CompanyChange;
use crate::domain::company::Company;
use crate::error::{Error, Result};

/// The merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MerchantShown {
    /// Its number, the `sub` of its keys.
    #[schema(min_length = 8, max_length = 8, example = "aB3dE6gH")]
    pub id: String,
    /// Its name.
    #[schema(max_length = 255, example = "My Company")]
    pub name: String,
    /// Address for customers' questions; "" for none.
    #[schema(max_length = 255, example = "shop@example.com")]
    pub email: String,
    /// Phone number; "" for none.
    #[schema(max_length = 255, example = "+46701234567")]
    pub phone: String,
    /// What it counts in where a request names nothing.
    #[schema(pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: String,
}

/// What to change of the merchant; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MerchantChange {
    /// Its name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255, example = "My Company")]
    pub name: Option<String>,
    /// Address for customers' questions.
    #[serde(default)]
    #[schema(max_length = 255, example = "shop@example.com")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default)]
    #[schema(max_length = 255, example = "+46701234567")]
    pub phone: Option<String>,
}

/// `GET /merchant`: the merchant, as a list of one.
#[utoipa::path(get, path = "/merchant", tag = "Orders",
    responses((status = 200, body = Vec<MerchantShown>), (status = 401, body = AccountRefusal)))]
pub async fn list(app: Shared<App>, caller: PrivateCaller) -> Answer {
    let company = app.company_find(&caller)?;
    Json::answer(&[shown(&app, company)?])
}

/// `PATCH /merchant/{merchant}`: changes what customers read of the merchant.
#[utoipa::path(patch, path = "/merchant/{merchant}", tag = "Orders", request_body = MerchantChange,
    responses((status = 200, body = MerchantShown), (status = 400, body = AccountRefusal)))]
pub async fn update(app: Shared<App>, caller: PrivateCaller, merchant: Path<String>, request: Written) -> Answer {
    let MerchantChange { name, email, phone } = request.object_or_nothing()?;
    if *merchant != app.merchant_number()? {
        return Err(Error::not_found("merchant", merchant.as_str()).into());
    }
    let given = [("name", name), ("email", email), ("phone", phone)];
    let changes =
        given.into_iter().filter_map(|(field, value)| Some(CompanyChange { field: field.to_owned(), value: value? }));
    let company = app.company_update(&request.named(&caller), changes.collect()).await?;
    Json::answer(&shown(&app, company)?)
}

fn shown(app: &App, company: Company) -> Result<MerchantShown> {
    Ok(MerchantShown {
        id: app.merchant_number()?,
        name: company.name,
        email: company.email,
        phone: company.phone,
        currency: company.currency.code().to_owned(),
    })
}
