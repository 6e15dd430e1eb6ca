//! The nouns and their rules: pure values and functions.
//!
//! Invariant: nothing in here knows a clock, randomness, SQL, HTTP, serde, async or floats.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic))]

pub mod access;
pub mod address;
pub mod adjustment;
pub mod apm;
pub mod attempt;
pub mod auto_refill;
pub mod balance;
pub mod bank_account;
pub mod billing_account;
pub mod card;
pub mod card_read;
pub mod cardholder_authentication;
pub mod company;
pub mod country;
pub mod csv;
pub mod currency;
pub mod customer;
pub mod deposit;
pub mod event;
pub mod fees;
pub mod file_batch;
pub mod file_batch_row;
pub mod id;
pub mod invoice;
pub mod language;
pub mod ledger;
pub mod login_link;
pub mod mail;
pub mod money;
pub mod page;
pub mod payment_method;
pub mod plan;
pub mod plan_attachment;
pub mod plan_change;
pub mod plan_step;
pub mod prepaid_charge;
pub mod prepaid_plan;
pub mod rate;
pub mod recurring;
pub mod refusal;
pub mod reminder;
pub mod sales_order;
pub mod settlement;
pub mod subscription;
pub mod terminal;
pub mod text;
pub mod time;
pub mod transaction;
pub mod usage_event;
pub mod user;
pub mod user_settings;
pub mod wallet;
pub mod webhook;
