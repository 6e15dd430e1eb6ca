//! Pages for people: hosted invoice, receipt, sign-in, overview, reference.

pub mod view;
