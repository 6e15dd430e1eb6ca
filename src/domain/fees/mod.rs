//! What a payment costs beside its goods: surcharge, service fee, cash discount, taxes, shipping, tips and duty.
//!
//! Each share is rounded once, half away from zero, where it arises; every sum is a sum of rounded parts.

pub mod calculate;
pub mod line;
pub mod policy;
pub mod surcharge;

pub use calculate::{Asked, Calculation, Flags, Given, Part, Tender, calculate, consumer_choice};
pub use policy::FeePolicy;
