//! The gateway's API, a module per noun.

mod face;
mod login;
