//! Closes connections that keep us waiting for the next request's head.
//!
//! actix times only the first head of a connection, and its keep-alive timer stops at the first byte that follows: a
//! client that sends one byte of a second request would hold its connection for ever (RELIABILITY.md M7, M8). So each
//! connection carries a mark of whether it has a request at work and since when not; a ticker shuts those down that
//! have waited too long.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::clock::Stopwatch;
use crate::limits;

/// The open connections. Clones share them.
#[derive(Clone, Default)]
pub struct IdleConnections(Arc<Mutex<Vec<Weak<Connection>>>>);

/// A connection; it lives in actix's data of the connection, so it goes when the connection goes.
struct Connection {
    socket: TcpStream,
    /// `None` while a request is at work.
    waiting: Mutex<Option<Stopwatch>>,
}

impl IdleConnections {
    /// An empty set and the ticker that tidies it up for as long as somebody holds it.
    pub fn watch() -> Self {
        let connections = Self::default();
        let watched = Arc::downgrade(&connections.0);
        tokio::spawn(async move {
            let mut ticker = tokio::time::interval(Duration::from_secs(1));
            while let Some(connections) = watched.upgrade() {
                Self(connections).close_idle(Duration::from_secs(limits::IDLE_CONNECTION_S));
                ticker.tick().await;
            }
        });
        connections
    }

    /// Notes a new connection; for `HttpServer::on_connect`.
    pub fn opened(&self, socket: &dyn Any, data: &mut Extensions) {
        let Some(stream) = socket.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
        let Ok(copy) = stream.as_fd().try_clone_to_owned() else { return };
        let connection =
            Arc::new(Connection { socket: TcpStream::from(copy), waiting: Mutex::new(Some(Stopwatch::start())) });
        self.lock().push(Arc::downgrade(&connection));
        data.insert(connection);
    }

    /// Shuts down what has waited for `limit`, and forgets what is gone.
    fn close_idle(&self, limit: Duration) {
        self.lock().retain(|connection| {
            let Some(connection) = connection.upgrade() else { return false };
            if connection.waited() < limit {
                return true;
            }
            // It may be closed already; either way it is no longer ours to watch.
            drop(connection.socket.shutdown(Shutdown::Both));
            false
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn waited(&self) -> Duration {
        let waiting = *self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn mark(&self, waiting: Option<Stopwatch>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }
}

/// Says that the connection of this request is not idle while the rest of the program works on it.
///
/// # Errors
/// Those of the rest.
pub async fn mark_busy<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(connection) = request.conn_data::<Arc<Connection>>().cloned() else { return next.call(request).await };
    connection.mark(None);
    let answer = next.call(request).await;
    connection.mark(Some(Stopwatch::start()));
    answer
}
