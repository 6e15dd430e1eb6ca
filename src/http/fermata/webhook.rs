//! Webhooks: endpoints that are told of balances.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::PageQuery;
use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::wire::webhook::{NewTreasuryWebhook, TreasuryWebhook, TreasuryWebhookGone};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;
use crate::app::webhook::subscription::Subscribe;
use crate::domain::id::WebhookId;
use crate::domain::webhook::Format;
use crate::error::Result;

/// `POST /companies/{company}/webhooks`: makes an endpoint, told of nothing yet; this answer is the only one with the
/// secret.
#[utoipa::path(post, path = "/companies/{company}/webhooks", tag = "Treasury webhooks",
    request_body = NewTreasuryWebhook,
    responses((status = 200, body = Data<TreasuryWebhook>), (status = 422, body = TreasuryRefusal)))]
pub async fn create(app: Shared<App>, request: Written) -> Answer {
    let command = request.object::<NewTreasuryWebhook>()?.into_command()?;
    let made = app.webhook_create(&request.caller, command).await?;
    Ok(Data::answer(TreasuryWebhook::from(made)))
}

/// `GET /companies/{company}/webhooks`: endpoints, newest first.
#[utoipa::path(get, path = "/companies/{company}/webhooks", tag = "Treasury webhooks", params(PageQuery),
    responses((status = 200, body = List<TreasuryWebhook>), (status = 422, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.webhook_page(&caller, Format::Fermata, asked)?;
    Ok(List::answer(page, TreasuryWebhook::from))
}

/// `GET /companies/{company}/webhooks/{webhook}`: an endpoint.
#[utoipa::path(get, path = "/companies/{company}/webhooks/{webhook}", tag = "Treasury webhooks",
    responses((status = 200, body = Data<TreasuryWebhook>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, of: Path<(String, String)>) -> Answer {
    let id: WebhookId = id_of("w_", &of.1)?;
    let webhook = app.webhook_find(&caller, Some(Format::Fermata), id.as_str())?;
    Ok(Data::answer(TreasuryWebhook::from(webhook)))
}

/// `DELETE /companies/{company}/webhooks/{webhook}`: removes an endpoint with its log.
#[utoipa::path(delete, path = "/companies/{company}/webhooks/{webhook}", tag = "Treasury webhooks",
    responses((status = 200, body = Data<TreasuryWebhookGone>), (status = 404, body = TreasuryRefusal)))]
pub async fn delete(app: Shared<App>, request: Written, of: Path<(String, String)>) -> Answer {
    let id: WebhookId = id_of("w_", &of.1)?;
    app.webhook_delete(&request.caller, Some(Format::Fermata), id.as_str()).await?;
    Ok(Data::answer(TreasuryWebhookGone::from(id)))
}

/// `POST /companies/{company}/webhooks/{webhook}/subscribe/{topic}`: tells an endpoint of this from now on.
#[utoipa::path(post, path = "/companies/{company}/webhooks/{webhook}/subscribe/{topic}", tag = "Treasury webhooks",
    responses((status = 200, body = Data<TreasuryWebhook>), (status = 422, body = TreasuryRefusal)))]
pub async fn subscribe(app: Shared<App>, request: Written, of: Path<(String, String, String)>) -> Answer {
    let webhook = app.webhook_subscribe(&request.caller, command(&of, true)?).await?;
    Ok(Data::answer(TreasuryWebhook::from(webhook)))
}

/// `DELETE /companies/{company}/webhooks/{webhook}/subscribe/{topic}`: tells an endpoint of this no more.
#[utoipa::path(delete, path = "/companies/{company}/webhooks/{webhook}/subscribe/{topic}", tag = "Treasury webhooks",
    responses((status = 200, body = Data<TreasuryWebhook>), (status = 422, body = TreasuryRefusal)))]
pub async fn unsubscribe(app: Shared<App>, request: Written, of: Path<(String, String, String)>) -> Answer {
    let webhook = app.webhook_subscribe(&request.caller, command(&of, false)?).await?;
    Ok(Data::answer(TreasuryWebhook::from(webhook)))
}

fn command((_, webhook, topic): &(String, String, String), is_on: bool) -> Result<Subscribe> {
    Ok(Subscribe { format: Format::Fermata, id: id_of("w_", webhook)?, kind: topic.clone(), is_on })
}
