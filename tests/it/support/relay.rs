//! A mail relay on loopback that does as it is told, and keeps what it was given.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does with the next mail; without an order it takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Refuses the recipient for good.
    RefuseRecipient,
    /// Refuses the recipient for now.
    RefuseForNow,
    /// Takes the mail and hangs up before it says so.
    HangUpAfterTaking,
    /// Hangs up when spoken to.
    HangUpAtOnce,
    /// Lets whoever speaks to it wait for ever.
    Hang,
    /// Refuses whoever wants in.
    RefuseLogin,
}

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// Header and body.
    pub text: String,
}

impl Arrived {
    /// A header's value, or "".
    pub fn header(&self, name: &str) -> &str {
        let head = self.text.split("\n\n").next().unwrap_or("");
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("")
    }

    /// The whole mail with quoted-printable taken off.
    pub fn decoded(&self) -> String {
        let whole = self.text.replace("=\n", "");
        let mut bytes = Vec::new();
        let mut rest = whole.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let code = (*first == b'=').then(|| std::str::from_utf8(tail.get(..2)?).ok()).flatten();
            match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[derive(Default)]
struct State {
    orders: VecDeque<Order>,
    arrived: Vec<Arrived>,
    logins: usize,
}

/// The relay; it stops when it is dropped.
pub struct MailRelay {
    port: u16,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl MailRelay {
    /// Starts on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { port, state, task }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Its address for somebody with a password.
    pub fn url_with_password(&self) -> String {
        format!("smtp://shop:s3cr%40t@127.0.0.1:{}", self.port)
    }

    /// What it does with the next mails, in order.
    pub fn order(&self, orders: &[Order]) {
        self.lock().orders.extend(orders);
    }

    /// Orders that nobody gave it a chance to carry out yet.
    pub fn ordered(&self) -> usize {
        self.lock().orders.len()
    }

    /// What arrived so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.lock().arrived.clone()
    }

    /// How often somebody logged in.
    pub fn logins(&self) -> usize {
        self.lock().logins
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}

impl Drop for MailRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let take = |order: Order| {
        let mut state = state.lock().expect("held briefly");
        let is_next = state.orders.front() == Some(&order);
        if is_next {
            state.orders.pop_front();
        }
        is_next
    };
    if take(Order::HangUpAtOnce) {
        return;
    }
    if take(Order::Hang) {
        return std::future::pending().await;
    }
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = Vec::new();
    let mut answer = "220 relay.test".to_owned();
    loop {
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        let verb = line.split([' ', ':']).next().unwrap_or("").to_uppercase();
        answer = match verb.as_str() {
            "EHLO" => "250-relay.test\r\n250-AUTH PLAIN\r\n250 8BITMIME".to_owned(),
            "AUTH" if take(Order::RefuseLogin) => "535 no such login".to_owned(),
            "AUTH" => {
                state.lock().expect("held briefly").logins += 1;
                "235 welcome".to_owned()
            }
            "RCPT" if take(Order::RefuseRecipient) => "550 no such mailbox".to_owned(),
            "RCPT" if take(Order::RefuseForNow) => "451 come again".to_owned(),
            "RCPT" => {
                to.push(line.trim_start_matches("RCPT TO:").trim_matches(['<', '>', ' ']).to_owned());
                "250 ok".to_owned()
            }
            "DATA" => {
                if write.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let mut text = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                state.lock().expect("held briefly").arrived.push(Arrived { to: std::mem::take(&mut to), text });
                if take(Order::HangUpAfterTaking) {
                    return;
                }
                "250 taken".to_owned()
            }
            "RSET" => {
                to.clear();
                "250 ok".to_owned()
            }
            "QUIT" => {
                drop(write.write_all(b"221 bye\r\n").await);
                return;
            }
            "MAIL" | "NOOP" => "250 ok".to_owned(),
            _ => "500 what?".to_owned(),
        };
    }
}
