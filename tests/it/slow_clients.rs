//! Clients that send slowly, or not at all, are cut off (RELIABILITY.md R36, M7, M8); the others notice nothing.

use std::time::Duration;

use bursar::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// R36: every slow socket is closed by then.
const CLOSED_WITHIN: Duration = Duration::from_secs(15);

/// What the server says until it closes the connection.
async fn last_words(app: &TestApp, sent: &str) -> (String, Duration) {
    let address = app.base().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    socket.write_all(sent.as_bytes()).await.expect("it reads");
    let watch = Stopwatch::start();
    let mut heard = Vec::new();
    let closed = tokio::time::timeout(CLOSED_WITHIN, socket.read_to_end(&mut heard)).await;
    // A reset is as closed as an end.
    closed.map(drop).unwrap_or_else(|_| panic!("still open after {CLOSED_WITHIN:?}: {sent:?}"));
    (String::from_utf8_lossy(&heard).into_owned(), watch.elapsed())
}

#[tokio::test]
async fn slow_clients_are_cut_off_while_others_are_served() {
    let app = TestApp::start().await;
    let half_head = "POST /api/token-auth HTTP/1.1\r\nhost: x\r\n";
    let half_body = "POST /api/token-auth HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{\"user";
    let whole_then_half = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea";
    let (head, body, second, ()) = tokio::join!(
        last_words(&app, half_head),
        last_words(&app, half_body),
        last_words(&app, whole_then_half),
        async { assert_eq!(app.anon().get("/healthz").await.status, 200) },
    );
    assert!(head.0.starts_with("HTTP/1.1 408"), "a slow head: {}", head.0);
    assert!(body.0.starts_with("HTTP/1.1 408"), "a slow body: {}", body.0);
    assert!(body.0.contains(r#""status":"failed""#) && body.0.contains("x-correlation-id"), "{}", body.0);
    assert!(second.0.starts_with("HTTP/1.1 200"), "the whole request was answered: {}", second.0);
}
