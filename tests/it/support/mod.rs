//! The running program for tests: a fresh folder, a stopped clock, a seeded generator, the simulated processor.
//!
//! It is started by the same function as the binary and spoken to over HTTP.

pub mod browser;
mod catcher;
mod client;
pub mod relay;

use std::sync::Arc;
use std::time::Duration;

use bursar::app::api_key::NewApiKey;
use bursar::app::bootstrap::{Open, OpenClock};
use bursar::app::user::NewUser;
use bursar::app::{App, Caller, Checkpoint};
use bursar::clock::{Clock, ManualClock};
use bursar::domain::access::{Actor, Permission, Permissions, Role};
use bursar::domain::time::Timestamp;
use bursar::domain::user::{KeyType, UserStatus};
use bursar::error::Error;
use bursar::ids::Random;
use bursar::outbound::smtp::Relay;
use bursar::processors::simulator::{self, Simulator};
use bursar::serve::{Application, Options};
use bursar::store;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub use catcher::{Behave, Catcher, Caught};
pub use client::{Answer, Client};

/// When tests begin, unless they say otherwise.
pub const START: &str = "2026-01-01T00:00:00Z";

/// A merchant's appliance under test.
pub struct TestApp {
    running: Option<Running>,
    clock: Arc<ManualClock>,
    random: Arc<Random>,
    simulator: simulator::Settings,
    relay: Option<Relay>,
    checkpoint: Option<Checkpoint>,
    key: String,
    public_key: String,
    setup_secret: String,
    /// Removed last, when nothing is open in it any more. The vault's key lies beside `data`, inside this folder.
    dir: TempDir,
}

struct Running {
    application: Arc<App>,
    simulator: Arc<Simulator>,
    base: String,
    handle: actix_web::dev::ServerHandle,
    task: JoinHandle<bursar::error::Result<()>>,
}

impl TestApp {
    /// Starts on a fresh folder at [`START`].
    pub async fn start() -> Self {
        Self::start_at(START).await
    }

    /// Starts on a fresh folder at another instant.
    pub async fn start_at(now: &str) -> Self {
        Self::start_with(now, simulator::Settings::default(), None).await
    }

    /// Starts on a fresh folder with another simulator, and a checkpoint that may crash it.
    pub async fn start_with(now: &str, simulator: simulator::Settings, checkpoint: Option<Checkpoint>) -> Self {
        let now = Timestamp::parse_rfc3339(now).expect("the test's start is RFC 3339");
        let mut app = Self {
            running: None,
            clock: Arc::new(ManualClock::new(now)),
            random: Arc::new(Random::seeded(1)),
            simulator,
            relay: None,
            checkpoint,
            key: String::new(),
            public_key: String::new(),
            setup_secret: String::new(),
            dir: TempDir::new().expect("a temporary folder"),
        };
        app.open().await;
        app.key = app.new_key(KeyType::Api, "test").await;
        app.public_key = app.new_key(KeyType::Pub, "test").await;
        app
    }

    /// Stops everything and opens the same folder with the same simulator book again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.open().await;
    }

    /// Stops without letting requests finish.
    pub async fn stop(&mut self) {
        let Some(Running { application, simulator, handle, task, .. }) = self.running.take() else { return };
        handle.stop(false).await;
        task.await.expect("the server's task does not panic").expect("the server stops");
        drop((application, simulator));
    }

    /// Replaces what may crash it; takes effect at the next [`TestApp::restart`].
    pub fn set_checkpoint(&mut self, checkpoint: Option<Checkpoint>) {
        self.checkpoint = checkpoint;
    }

    /// Gives mails to this relay from now on: opens the folder once more.
    pub async fn send_mails_to(&mut self, url: &str) {
        self.relay = Some(Relay::new(url, "Shop <shop@example.com>").expect("a good address"));
        self.restart().await;
    }

    /// The program itself, for what has no endpoint.
    pub fn app(&self) -> &App {
        &self.running().application
    }

    /// The simulated processor: its book and its faults.
    pub fn simulator(&self) -> &Simulator {
        &self.running().simulator
    }

    /// The clock, for tests that move it without running what became due.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The data folder.
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    /// Secret of the set-up link that the fresh folder printed.
    pub fn setup_secret(&self) -> &str {
        &self.setup_secret
    }

    /// `http://127.0.0.1:port`.
    pub fn base(&self) -> &str {
        &self.running().base
    }

    /// Nobody.
    pub fn anon(&self) -> Client {
        Client::new(self.base(), None)
    }

    /// The administrator's private key.
    pub fn admin(&self) -> Client {
        Client::new(self.base(), Some(self.key.clone()))
    }

    /// A shop's private key (the administrator's).
    pub fn key(&self) -> Client {
        self.admin()
    }

    /// A public key.
    pub fn public_key(&self) -> Client {
        Client::new(self.base(), Some(self.public_key.clone()))
    }

    /// The administrator's private key.
    pub fn credentials(&self) -> &str {
        &self.key
    }

    /// The public key, as text.
    pub fn public_key_text(&self) -> &str {
        &self.public_key
    }

    /// A client with these credentials.
    pub fn with(&self, authorization: &str) -> Client {
        Client::new(self.base(), Some(authorization.to_owned()))
    }

    /// A new standard user with these permissions, by a session token that is good for 15 minutes.
    pub async fn standard(&self, permissions: &[Permission]) -> Client {
        let (username, password) = self.new_user(permissions).await;
        let login = json!({ "username": username, "password": password });
        let answer = self.anon().post("/api/token-auth", &login).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let token = answer.body["token"].as_str().expect("a login answers with a token");
        self.with(&format!("Bearer {token}"))
    }

    /// A new standard user's name and password.
    pub async fn new_user(&self, permissions: &[Permission]) -> (String, String) {
        let username = format!("user-{}", self.random.public_token());
        let password = "Correct-Horse-9".to_owned();
        let user = NewUser {
            username: username.clone(),
            name: "Test User".to_owned(),
            phone: String::new(),
            email: String::new(),
            time_zone: String::new(),
            status: UserStatus::Active,
            role: Role::Standard,
            permissions: permissions.iter().fold(Permissions::NONE, |set, permission| set.with(*permission)),
            password: Some(password.clone().into()),
        };
        self.app().user_create(&command(), user).await.expect("the user is new");
        (username, password)
    }

    /// Moves the clock as a person would: runs everything that becomes due on the way, in its order.
    pub async fn advance_to(&self, now: &str) -> Answer {
        let answer = self.admin().post("/api/test-clock", &json!({ "now": now })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }

    async fn open(&mut self) {
        let application = self.open_when_free().await;
        if let Some(secret) = &application.opened().setup_secret {
            self.setup_secret.clone_from(secret);
        }
        let base = format!("http://{}", application.address());
        let (app, simulator) = (application.app().clone(), Arc::clone(&application.opened().simulator));
        let handle = application.handle();
        let task = tokio::spawn(application.run_until_stopped());
        self.running = Some(Running { application: Arc::new(app), simulator, base, handle, task });
    }

    /// Opens the folder once more, for tests of what refuses it.
    pub async fn try_open(&self) -> bursar::error::Result<()> {
        self.build_when_free().await.map(drop)
    }

    async fn open_when_free(&self) -> Application {
        self.build_when_free().await.expect("the program starts")
    }

    /// Worker threads of the last run let go of the folder a moment after the server has ended.
    async fn build_when_free(&self) -> bursar::error::Result<Application> {
        let opening = async {
            loop {
                match Application::build(self.options()).await {
                    Err(Error::Conflict(_)) => tokio::task::yield_now().await,
                    other => return other,
                }
            }
        };
        let opened = tokio::time::timeout(Duration::from_secs(10), opening).await;
        opened.expect("the last run lets go of its folder")
    }

    fn options(&self) -> Options {
        Options {
            open: Open {
                data_dir: self.data_dir(),
                key_file: None,
                role: store::Role::Server,
                clock: OpenClock::Manual(Arc::clone(&self.clock)),
                random: Arc::clone(&self.random),
                public_url: String::new(),
                simulator: self.simulator,
                relay: self.relay.clone(),
                checkpoint: self.checkpoint.clone(),
                outbound: bursar::outbound::Settings {
                    connect_timeout_ms: 500,
                    total_timeout_ms: 700,
                    ..bursar::outbound::Settings::default()
                },
            },
            listen: "127.0.0.1:0".parse().expect("an address"),
            workers: 1,
            trusted_proxies: Vec::new(),
        }
    }

    async fn new_key(&self, kind: KeyType, name: &str) -> String {
        let new = NewApiKey { kind, name: name.to_owned(), secret: None };
        self.app().api_key_create(&command(), new).await.expect("a key is made").text
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the program runs")
    }
}

/// The caller that commands on the server use.
pub fn command() -> Caller {
    Caller::internal(Actor::Command)
}
