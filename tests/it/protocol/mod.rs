//! Exactly-once charging: every crash point × every fault × one or two crashes, one-step and two-step (RELIABILITY.md
//! R19, R20), with an auditor that is shown to bite.

pub mod audit;
mod controls;
mod exhaustive;
pub mod fact;
mod found;
pub mod plan;
mod races;
pub mod world;
