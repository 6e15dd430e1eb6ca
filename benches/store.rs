//! What `make bench` prints about the store. Figures are compared only inside one run: each part alternates what it
//! compares and takes the median of its rounds.
//!
//! `cargo bench --bench store -- [PART …] [--dir FOLDER]`: parts by name, all without one; the folder must be on the
//! disk that data is on (the default is under `target/`, because `/tmp` may be memory).
#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "a benchmark prints rates")]

#[path = "parts/billing.rs"]
mod billing;
#[path = "parts/commit.rs"]
mod commit;
#[path = "parts/measure.rs"]
mod measure;

use std::path::{Path, PathBuf};

/// Prints the table of a part, given a folder of its own.
type Part = fn(&Path);

/// Every part, by name.
const PARTS: &[(&str, Part)] = &[("commit", commit::run), ("billing", billing::run)];

fn main() {
    let mut wanted = Vec::new();
    let mut top = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dir" => top = PathBuf::from(arguments.next().expect("--dir is followed by a folder")),
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
            run(dir.path());
        }
    }
}
