//! A closed loop of keep-alive connections on a thread of its own: each sends a request, waits for its answer, sends
//! the next. An answer that is not 200 ends the measurement.

use std::net::SocketAddr;
use std::time::Duration;

use bursar::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::measure::median;

/// A request: its path and its body, for the nth draw.
pub(crate) type Request<'a> = &'a (dyn Fn(u64) -> (String, String) + Sync);

/// Where to, how many at once, for how long.
#[derive(Clone, Copy)]
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) key: &'a str,
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
}

/// What came back.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Rate {
    /// Answers per second.
    pub(crate) per_s: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Answers, those after the end of the time as well.
    pub(crate) answers: u64,
}

/// The medians of some rounds; the answers of all.
pub(crate) fn middle(rounds: &[Rate]) -> Rate {
    let of = |figure: fn(&Rate) -> f64| median(rounds.iter().map(figure).collect());
    Rate {
        per_s: of(|rate| rate.per_s),
        p50_us: of(|rate| rate.p50_us),
        p99_us: of(|rate| rate.p99_us),
        answers: rounds.iter().map(|rate| rate.answers).sum(),
    }
}

/// Splitmix64: every connection its own fixed sequence.
pub(crate) fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32
}

/// Sends `request` as fast as the answers come.
pub(crate) fn send(load: Load<'_>, request: Request<'_>) -> Rate {
    std::thread::scope(|scope| scope.spawn(|| on_this_thread(load, request)).join().expect("every answer was 200"))
}

fn on_this_thread(load: Load<'_>, request: Request<'_>) -> Rate {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let watch = Stopwatch::start();
    let connections = (0..load.connections).map(|n| connection(load, request, n as u64, watch));
    let mut took = runtime.block_on(futures_util::future::join_all(connections)).concat();
    let answers = took.len() as u64;
    let elapsed_s = watch.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: usize| f64::from(took[(took.len() - 1) * share / 100]);
    Rate { per_s: answers as f64 / elapsed_s, p50_us: at(50), p99_us: at(99), answers }
}

/// One connection; answers how long each answer took, microseconds.
async fn connection(load: Load<'_>, request: Request<'_>, number: u64, watch: Stopwatch) -> Vec<u32> {
    let mut socket = TcpStream::connect(load.address).await.expect("the server takes a connection");
    socket.set_nodelay(true).expect("a socket option");
    let (mut state, mut took) = (number.wrapping_mul(7_919) + watch.elapsed().subsec_nanos() as u64, Vec::new());
    let (mut head, mut buffer) = (String::new(), Vec::with_capacity(16 * 1024));
    let end = Duration::from_secs_f64(load.seconds);
    while watch.elapsed() < end {
        let (path, body) = request(draw(&mut state));
        head.clear();
        head.push_str(&format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            load.key,
            body.len()
        ));
        let sent = Stopwatch::start();
        socket.write_all(head.as_bytes()).await.expect("the server reads");
        answer(&mut socket, &mut buffer).await;
        took.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    took
}

/// Reads one answer.
async fn answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut whole = usize::MAX;
    while buffer.len() < whole {
        let read = socket.read_buf(buffer).await.expect("the server answers");
        assert!(read > 0, "the server closed a connection");
        if whole == usize::MAX
            && let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&buffer[..end]).expect("a head is ASCII");
            let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
            whole = end + 4 + length.and_then(|text| text.parse::<usize>().ok()).expect("the answer has a length");
        }
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(buffer));
}
