//! What pages show: plain texts and flags, already formatted, one struct per page.
//!
//! A view decides nothing. Handlers fill it, its template prints it, and `samples()` shows every face it can have;
//! `view_tests.rs` renders all of them. Amounts arrive as texts such as `1,234.50 USD`.

pub mod admin;
pub mod card;
pub mod challenge;
pub mod chart;
pub mod company;
pub mod docs;
pub mod error;
pub mod invoice;
mod invoice_samples;
pub mod pay_form;
pub mod portal;
pub mod qr;
pub mod receipt;
pub mod theme;
pub mod tone;

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
