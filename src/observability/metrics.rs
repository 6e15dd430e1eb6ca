//! Metrics in Prometheus text. The recorder belongs to the process, as the `metrics` crate wants it; what belongs to
//! one [`App`](crate::app::App) is asked of it when the text is made.

use std::fmt::Write as _;
use std::sync::LazyLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds; requests are expected in the first half of these.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

static HANDLE: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let matcher = Matcher::Suffix("duration_seconds".to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(matcher, BUCKETS).ok()?.build_recorder();
    let handle = recorder.handle();
    // Somebody else's recorder in this process keeps its place; ours then shows nothing.
    metrics::set_global_recorder(recorder).ok()?;
    Some(handle)
});

/// Makes the recorder; what is counted before is lost.
pub fn install() {
    LazyLock::force(&HANDLE);
}

/// Everything counted so far, and `gauges` as they are now.
pub fn render(gauges: &[(&'static str, i64)]) -> String {
    let mut text = HANDLE.as_ref().map_or_else(String::new, |handle| {
        handle.run_upkeep();
        handle.render()
    });
    for (name, value) in gauges {
        // Writing to a String does not fail.
        let _ = writeln!(text, "# TYPE {name} gauge\n{name} {value}");
    }
    text
}
