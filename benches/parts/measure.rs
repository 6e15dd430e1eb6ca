//! How the parts measure: alternating rounds, medians, the price of one fsync.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bursar::clock::Stopwatch;

/// Rounds of each thing that is compared.
pub(crate) const ROUNDS: usize = 3;

/// The middle one of an odd number of figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// How often `work` (which does `count` things) does one of them per second.
pub(crate) fn per_second(count: usize, work: impl FnOnce()) -> f64 {
    let watch = Stopwatch::start();
    work();
    count as f64 / watch.elapsed().as_secs_f64()
}

/// How many times per second the disk takes 4 KiB over what is there, and says that it is safe.
pub(crate) fn syncs_per_second(dir: &Path) -> f64 {
    const COUNT: usize = 500;
    let page = [0_u8; 4096];
    let open = OpenOptions::new().create(true).truncate(true).write(true).open(dir.join("sync.probe"));
    let file = open.expect("the probe's file can be made");
    let write = |at| {
        file.write_all_at(&page, at).expect("the disk takes a page");
        file.sync_data().expect("the disk takes a sync");
    };
    (0..16).for_each(|at| write(at * 4096));
    per_second(COUNT, || (0..COUNT).for_each(|n| write((n as u64 % 16) * 4096)))
}
