//! Whom we speak to of our own accord, other than processors: the mail relay, and addresses that others gave us.

pub mod address;
pub mod http;
mod own;
pub mod smtp;

pub use address::Reach;
pub use http::{Answered, Outbound, Settings, provider_install};
