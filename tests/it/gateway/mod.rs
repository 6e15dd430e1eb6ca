//! The gateway's API, a module per noun.

mod access;
mod addon;
mod apm;
mod customer;
mod customer_search;
mod face;
mod fees;
mod file_batch;
mod invoice;
mod legacy_customer;
mod login;
mod method_trial;
mod once;
mod payment_method;
mod plan;
mod seed;
mod settlement;
pub mod subscription;
mod till;
mod tokenizer;
mod transaction;
mod transaction_bounds;
mod transaction_follow_up;
mod transaction_once;
mod transaction_search;
mod user;
pub mod vault;
