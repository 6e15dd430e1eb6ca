//! Recurring billing as pure rules: which dates, which amount, and what is billed after downtime.

pub mod catch_up;
pub mod price;
pub mod schedule;
