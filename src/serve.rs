//! The running program: opens the folder, starts the server, stops both in order. The binary and the tests start the
//! very same way.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::app::App;
use crate::app::bootstrap::{self, Open, Opened};
use crate::error::{Error, Result};
use crate::http;
use crate::http::peer::TrustedProxies;
use crate::http::server::{self, Server, ServerHandle};
use crate::jobs::{Refiller, Sender, Ticker};
use crate::observability::metrics;

/// How to serve.
pub struct Options {
    /// The folder and what belongs to it. An empty `public_url` becomes the address that is listened on.
    pub open: Open,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that answer requests.
    pub workers: usize,
    /// Proxies in front of it that say where a request really comes from.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Takes an address.
///
/// # Errors
/// A sentence for the operator.
pub fn bind(listen: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(listen).map_err(|why| {
        let why = match why.kind() {
            ErrorKind::AddrInUse => "another program does; choose another address with --listen".to_owned(),
            ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
            ErrorKind::PermissionDenied => "ports below 1024 need more rights; choose another with --listen".to_owned(),
            _ => why.to_string(),
        };
        Error::Conflict(format!("cannot listen on {listen}: {why}"))
    })
}

/// A program that answers.
pub struct Application {
    opened: Opened,
    address: SocketAddr,
    server: Server,
    ticker: Option<Ticker>,
    refiller: Refiller,
    sender: Sender,
}

impl Application {
    /// Takes the address, opens the folder, starts to answer.
    ///
    /// # Errors
    /// A sentence for the operator: the address is taken, or see [`bootstrap::open`].
    pub async fn build(options: Options) -> Result<Self> {
        let Options { mut open, listen, workers, trusted_proxies } = options;
        metrics::install();
        let listener = bind(listen)?;
        let address = listener.local_addr().map_err(Error::internal)?;
        if open.public_url.is_empty() {
            open.public_url = format!("http://{address}");
        }
        let opened = tokio::task::spawn_blocking(move || bootstrap::open(open)).await.map_err(Error::internal)??;
        if !opened.app.clock_is_manual() {
            opened.app.test_clock_end().await?;
        }
        // Before anyone is answered and before anything is billed: what a crash left is found, and a long silence.
        let recovered = opened.app.attempts_recover().await?;
        if recovered > 0 {
            tracing::warn!(recovered, "charges of an earlier run are being confirmed with their processors");
        }
        if let Some(reason) = opened.app.billing_check_silence().await? {
            tracing::warn!(reason, "billing is held until `bursar billing resume`");
        }
        http::webhook_faces(&opened.app);
        let nudge = Arc::new(Notify::new());
        let ticker = Ticker::start(opened.app.clone(), Arc::clone(&nudge)).await?;
        let refiller = Refiller::start(opened.app.clone(), nudge);
        let sender = Sender::start(opened.app.clone());
        let server = server::start(opened.app.clone(), listener, workers, TrustedProxies::new(trusted_proxies))?;
        Ok(Self { opened, address, server, ticker, refiller, sender })
    }

    /// The program.
    pub fn app(&self) -> &App {
        &self.opened.app
    }

    /// What was opened, for tests and for the set-up link.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it: `handle.stop(true)` lets requests at work finish.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Answers until its handle stops it, then closes the file. Writes that were accepted are finished.
    ///
    /// # Errors
    /// Where the server itself failed.
    pub async fn run_until_stopped(self) -> Result<()> {
        let Self { opened, server, ticker, refiller, sender, .. } = self;
        let ended = server.await.map_err(|why| Error::internal(format!("the server failed: {why}")));
        if let Some(ticker) = ticker {
            ticker.stop().await;
        }
        refiller.stop().await;
        sender.stop().await;
        let closed = tokio::task::spawn_blocking(move || opened.app.shutdown()).await.map_err(Error::internal);
        ended.and(closed)
    }
}
