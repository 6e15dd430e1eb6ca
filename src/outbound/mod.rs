//! Whom we speak to of our own accord, other than processors: the mail relay.

pub mod smtp;
