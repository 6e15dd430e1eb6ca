//! What every request goes through, outermost first: correlation, panics.

pub mod correlation;
pub mod panic;
