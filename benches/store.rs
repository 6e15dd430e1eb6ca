//! What `make bench` prints about the store. Figures are compared only inside one run: each part alternates what it
//! compares and takes the median of its rounds.
//!
//! `cargo bench --bench store -- [PART …] [--dir FOLDER] [--full]`: parts by name, all without one; the folder must be on the
//! disk that data is on (the default is under `target/`, because `/tmp` may be memory). `--full` takes as many rows as
//! the promises speak of: a million customers and transactions, files of 100,000 rows. It needs minutes and gigabytes.
#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark prints rates")]

#[path = "parts/billing.rs"]
mod billing;
#[path = "parts/commit.rs"]
mod commit;
#[path = "parts/file_batch.rs"]
mod file_batch;
#[path = "parts/gate.rs"]
mod gate;
#[path = "parts/gate_load.rs"]
mod gate_load;
#[path = "parts/gate_postgres.rs"]
mod gate_postgres;
#[path = "parts/measure.rs"]
mod measure;
#[path = "parts/search.rs"]
mod search;
#[path = "parts/transaction_search.rs"]
mod transaction_search;

use std::path::{Path, PathBuf};

/// Prints the table of a part, given a folder of its own and whether it is to be as large as it gets.
type Part = fn(&Path, bool);

/// Every part, by name.
const PARTS: &[(&str, Part)] = &[
    ("commit", |dir, _| commit::run(dir)),
    ("gate", gate::run),
    ("billing", |dir, _| billing::run(dir)),
    ("search", search::run),
    ("transaction_search", transaction_search::run),
    ("file_batch", file_batch::run),
];

fn main() {
    let (mut wanted, mut is_full) = (Vec::new(), false);
    let mut top = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dir" => top = PathBuf::from(arguments.next().expect("--dir is followed by a folder")),
            "--full" => is_full = true,
            "--bench" => {} // cargo adds it
            part => wanted.push(part.to_owned()),
        }
    }
    for part in &wanted {
        assert!(PARTS.iter().any(|(name, _)| name == part), "no part is called {part}");
    }
    std::fs::create_dir_all(&top).expect("the folder for the data can be made");
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|part| part == name) {
            let dir = tempfile::tempdir_in(&top).expect("a folder can be made on the data disk");
            println!("{name} ({})", top.display());
            run(dir.path(), is_full);
        }
    }
}
