//! What every request goes through, outermost first: correlation, measuring, panics.

pub mod correlation;
pub mod measure;
pub mod panic;
