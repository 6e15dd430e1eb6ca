//! What the program says about itself: logs without secrets, and metrics.

pub mod logging;
pub mod metrics;
pub mod redact;
