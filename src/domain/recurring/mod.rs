//! Recurring billing as pure rules: which dates, which amount, what is billed after downtime, when a decline is tried
//! again, and what a subscription is made from.

pub mod catch_up;
pub mod dunning;
pub mod extras;
pub mod price;
pub mod schedule;
pub mod subscribe;
