//! What the operator chose: flags, each with its `BURSAR_*` variable. Read once; nothing else looks at the environment.

mod data;
mod logs;
mod mail;
mod serving;

pub use data::{DataConfig, DemoConfig};
pub use logs::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use serving::ServingConfig;
