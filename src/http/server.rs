//! The HTTP server around an [`App`]: bounds on connections and slow clients, middleware, graceful stop.

use std::net::TcpListener;
use std::time::Duration;

pub use actix_web::dev::{Server, ServerHandle};
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::{App as Web, HttpServer};

use super::idle_connections::IdleConnections;
use super::middleware::{correlation, measure, panic};
use super::peer::TrustedProxies;
use super::rate_limit::RateLimits;
use super::{routes, security_headers};
use crate::app::App;
use crate::error::{Error, Result};
use crate::limits;

/// Starts serving `app` on `listener` with `workers` threads, behind `proxies` if there are any; the answer is to be
/// awaited until the end.
///
/// Stopping through its handle lets requests at work finish, at most [`limits::STOP_DEADLINE_S`].
///
/// # Errors
/// Where the listener cannot be used.
pub fn start(app: App, listener: TcpListener, workers: usize, proxies: TrustedProxies) -> Result<Server> {
    let is_https = app.settings().public_url.starts_with("https://");
    let rate_limits = RateLimits::new(proxies);
    let connections = IdleConnections::watch();
    let opened = connections.clone();
    let server = HttpServer::new(move || {
        // The last one wrapped is the first to see a request.
        Web::new()
            .wrap(from_fn(panic::catch))
            .wrap(security_headers::everywhere(is_https))
            .wrap(from_fn(measure::measure))
            .wrap(from_fn(correlation::correlate))
            .wrap(from_fn(super::idle_connections::mark_busy))
            .configure(routes::configure(app.clone(), rate_limits.clone()))
    })
    .on_connect(move |socket, data| opened.opened(socket, data))
    .workers(workers)
    .max_connections(limits::CONNECTIONS_MAX.div_ceil(workers.max(1)))
    .client_request_timeout(Duration::from_secs(limits::HEAD_DEADLINE_S))
    .client_disconnect_timeout(Duration::from_secs(2))
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(limits::HEAD_DEADLINE_S)))
    .shutdown_timeout(limits::STOP_DEADLINE_S)
    .disable_signals()
    .listen(listener)
    .map_err(|why| Error::internal(format!("cannot serve: {why}")))?;
    Ok(server.run())
}
