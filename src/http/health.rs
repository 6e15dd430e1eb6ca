//! For machines that watch us: `/healthz` says ready or why not, `/metrics` is Prometheus text.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;

use crate::app::App;
use crate::observability::metrics;

#[derive(Serialize)]
struct Healthz {
    status: &'static str,
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// `GET /healthz`: 200 while requests can be answered and money can move, 503 with the reasons while not.
pub async fn healthz(app: Data<App>) -> HttpResponse {
    let health = app.health();
    let is_ready = health.problems.is_empty();
    let body = Healthz {
        status: if is_ready { "ready" } else { "not ready" },
        problems: health.problems,
        warnings: health.warnings,
    };
    if is_ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// `GET /metrics`.
pub async fn metrics(app: Data<App>) -> HttpResponse {
    let gauges = app.gauges();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics::render(&gauges))
}
