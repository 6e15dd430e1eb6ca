//! The page on which an account's customer enters a card: its link is its credential, and it is used up by the card.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{html, own_page, refusal};
use crate::app::payment_method::NewMethod;
use crate::app::{App, Caller};
use crate::domain::card::{CardNumber, Expiry};
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::rate_limit::RateLimits;
use crate::http::security_headers::PagePolicy;
use crate::http::view::card::CardPage;
use crate::http::view::error::NotFoundPage;

/// `GET /card/{secret}`: the form. Opening it uses nothing up.
pub(super) async fn show(app: Data<App>, request: HttpRequest, secret: Path<String>) -> HttpResponse {
    try_show(&app, &secret).unwrap_or_else(|error| said(&request, &error))
}

fn try_show(app: &App, secret: &str) -> Result<HttpResponse> {
    Ok(html(StatusCode::OK, &page(app, secret)?, &PagePolicy::default()))
}

/// `POST /card/{secret}` with `card_number` and `card_expiry`.
pub(super) async fn collect(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    secret: Path<String>,
    payload: Payload,
) -> HttpResponse {
    try_collect(&app, &limits, &request, &secret, payload).await.unwrap_or_else(|error| said(&request, &error))
}

async fn try_collect(
    app: &App,
    limits: &RateLimits,
    request: &HttpRequest,
    secret: &str,
    payload: Payload,
) -> Result<HttpResponse> {
    own_page(request, app)?;
    limits.payment(request)?;
    let fields = Fields::read(request, payload).await?;
    let mut page = page(app, secret)?;
    let today = app.now().utc_date();
    let number = CardNumber::parse(fields.text("card_number"));
    let is_good = Expiry::parse(fields.text("card_expiry"), today).is_ok_and(|expiry| !expiry.is_expired(today));
    if !is_good {
        page.expiry_error = Some("Type month and year as on the card, such as 08 / 28".to_owned());
    }
    match number {
        Ok(number) if is_good => {
            let card = NewMethod::Card { number, expiration_date: fields.text("card_expiry").to_owned() };
            let charged = app.card_collect(&Caller::customer(correlation::of(request)), secret, card).await?;
            page.is_done = true;
            page.is_declined = charged.let_through().is_err();
            Ok(html(StatusCode::OK, &page, &PagePolicy::default()))
        }
        Ok(_) => Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page, &PagePolicy::default())),
        Err(_) => {
            page.number_error = Some("Type the number as it stands on the card".to_owned());
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page, &PagePolicy::default()))
        }
    }
}

fn page(app: &App, secret: &str) -> Result<CardPage> {
    let customer = app.card_collector_find(secret)?.customer.id;
    let charged = app.plan_price_waiting(&customer)?;
    Ok(CardPage {
        merchant: app.company()?.name,
        action: format!("/card/{secret}"),
        charged: charged.filter(|price| price.is_positive()).map(|price| price.to_string()),
        ..CardPage::default()
    })
}

fn said(request: &HttpRequest, error: &Error) -> HttpResponse {
    match error {
        Error::NotFound { .. } => html(StatusCode::NOT_FOUND, &NotFoundPage::page(), &PagePolicy::default()),
        other => refusal(request, other, None),
    }
}
