//! What is logged, and how.

use clap::{Args, ValueEnum};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// Logging, to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// How log lines look
    #[arg(long, value_enum, env = "BURSAR_LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// What is logged, such as `info` or `bursar=debug,actix_server=warn`
    #[arg(
        long,
        value_name = "LEVELS",
        env = "BURSAR_LOG",
        default_value = "info,actix_server=warn,tokio_cron_scheduler=warn",
        global = true
    )]
    pub log: String,
}
