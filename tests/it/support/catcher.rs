//! A receiver of webhooks on this machine: keeps what arrives, and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How long a test waits for what must arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the receiver does with a request after it has read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behave {
    /// Answers with this status.
    Answer(u16),
    /// Answers with this status and these lines in its head.
    AnswerWith(u16, String),
    /// Answers 200 with this many bytes.
    Long(usize),
    /// Says nothing and keeps the connection.
    Hang,
    /// Closes the connection without a word.
    Close,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether it was answered with a 2xx.
    pub accepted: bool,
}

impl Caught {
    /// A header's value, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook's body is JSON")
    }
}

/// The receiver; it closes when it is dropped.
pub struct Catcher {
    url: String,
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    behave: Mutex<Behave>,
    caught: Mutex<Vec<Caught>>,
    count: watch::Sender<usize>,
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Catcher {
    /// Listens on a free port and answers 200.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("it is bound"));
        let shared = Arc::new(Shared {
            behave: Mutex::new(Behave::Answer(200)),
            caught: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Self { url, shared, task }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Does this from the next request on.
    pub fn behave(&self, behave: Behave) {
        *lock(&self.shared.behave) = behave;
    }

    /// What arrived so far.
    pub fn caught(&self) -> Vec<Caught> {
        lock(&self.shared.caught).clone()
    }

    /// What was accepted so far.
    pub fn accepted(&self) -> Vec<Caught> {
        self.caught().into_iter().filter(|caught| caught.accepted).collect()
    }

    /// Waits until `count` requests have arrived; answers all that have.
    pub async fn wait_for(&self, count: usize) -> Vec<Caught> {
        let mut counts = self.shared.count.subscribe();
        let waited = tokio::time::timeout(PATIENCE, counts.wait_for(|now| *now >= count)).await;
        let caught = self.caught();
        assert!(waited.is_ok(), "{} of {count} requests arrived", caught.len());
        caught
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds this")
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(converse(stream, Arc::clone(&shared)));
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some((headers, body)) = request(&mut stream).await {
        let behave = lock(&shared.behave).clone();
        let accepted = matches!(behave, Behave::Answer(200..=299) | Behave::Long(_));
        lock(&shared.caught).push(Caught { headers, body, accepted });
        shared.count.send_modify(|count| *count += 1);
        let answer = match behave {
            Behave::Answer(status) => answer(status, "", 2),
            Behave::AnswerWith(status, head) => answer(status, &head, 2),
            Behave::Long(length) => answer(200, "", length),
            Behave::Close => return,
            Behave::Hang => std::future::pending().await,
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(status: u16, head: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} Because\r\n{head}content-length: {length}\r\n\r\n{}", "ok".repeat(length / 2))
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<(BTreeMap<String, String>, Vec<u8>)> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while stream.read_line(&mut line).await.ok()? > 2 {
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((headers, body))
}
