//! Files of transactions: rows per second, and the peak of memory of a small file beside that of a large one.
//!
//! A row of the first kind is charged; the simulated bank keeps its book in memory, which grows by what it was asked. A
//! row of the second kind is refused before the bank is asked: what grows there would be ours.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bursar::app::App;
use bursar::app::bootstrap::OpenClock;
use bursar::app::job::Job;
use bursar::clock::{Stopwatch, SystemClock};
use bursar::domain::file_batch::FileBatchStatus;
use bursar::error::Result;
use futures_util::stream;
use tokio::runtime::Runtime;

use crate::billing::{command, open};

/// Rows of the files, in the short form and in the full one.
const ROWS: [[u32; 3]; 2] = [[500, 1_000, 2_000], [5_000, 50_000, 100_000]];

/// Prints a line per file.
pub(crate) fn run(dir: &Path, is_full: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.expect("a runtime starts");
    println!(
        "  {:<10} {:>8} {:>12} {:>12} {:>12} {:>14}",
        "rows are", "rows", "upload/s", "run/s", "read/s", "peak MB"
    );
    for (kind, column, value) in
        [("refused", "customer_id", "nobody"), ("charged", "cc_number,cc_expiration", "4111111111111111,12/30")]
    {
        let app = open(&dir.join(kind), OpenClock::Running(Arc::new(SystemClock)));
        for rows in ROWS[usize::from(is_full)] {
            one(&runtime, &app, kind, (column, value), rows);
        }
    }
}

fn one(runtime: &Runtime, app: &App, kind: &str, (column, value): (&str, &str), rows: u32) {
    let peak = Peak::watch();
    let watch = Stopwatch::start();
    let head = format!("transaction_type,amount,{column}\n");
    let lines = (0..rows).map(|n| format!("sale,{},{value}\n", 100 + n));
    let pieces = stream::iter(std::iter::once(head).chain(lines).map(Result::Ok));
    let batch = runtime.block_on(app.file_batch_upload(&command(), pieces)).expect("the file is taken");
    let uploaded = watch.elapsed().as_secs_f64();
    loop {
        runtime.block_on(app.job_run(Job::RunFileBatches)).expect("the job runs");
        let now = app.file_batch_find(&command(), &batch.id).expect("the batch is there");
        if now.status == FileBatchStatus::Completed {
            break;
        }
    }
    let ran = watch.elapsed().as_secs_f64() - uploaded;
    let (mut after, mut read) = (0, 0);
    loop {
        let page = app.file_batch_verdicts(&command(), &batch.id, after).expect("the verdicts are read");
        let Some(last) = page.last() else { break };
        after = last.line;
        read += page.len();
    }
    let rows_read = u32::try_from(read).unwrap_or(0);
    assert_eq!(rows_read, rows, "a verdict for each row");
    let showed = watch.elapsed().as_secs_f64() - uploaded - ran;
    let rate = |seconds: f64| f64::from(rows) / seconds;
    println!(
        "  {kind:<10} {rows:>8} {:>12.0} {:>12.0} {:>12.0} {:>14.1}",
        rate(uploaded),
        rate(ran),
        rate(showed),
        peak.end_mb()
    );
}

/// Looks at the memory of this process all the time, on a thread of its own. Pages of mapped files are not counted: the
/// system takes those back as it likes.
struct Peak {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<f64>,
}

impl Peak {
    fn watch() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut peak: f64 = 0.0;
            while !told.load(Ordering::Relaxed) {
                peak = peak.max(own_mb());
                std::thread::park_timeout(Duration::from_millis(5));
            }
            peak
        });
        Self { is_over, thread }
    }

    fn end_mb(self) -> f64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it only reads a file")
    }
}

/// Memory of the process's own that is resident now.
fn own_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says it");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("with the process's own");
    let kb: f64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("in kB");
    kb / 1_024.0
}
