//! Everything that speaks HTTP.

pub mod pages;
pub mod security_headers;
pub mod static_files;
