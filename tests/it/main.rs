//! The program from outside, through its interfaces; a module per noun or dialect.

#![expect(unreachable_pub, reason = "one binary: `pub` says what its modules share")]
#![expect(clippy::disallowed_methods, reason = "tests look at files and settings from outside")]

mod arithmetic;
mod canary;
mod chaos;
mod chaos_balance;
mod cli;
mod dashboard;
mod demo;
mod fermata;
mod gateway;
mod letters;
mod mail;
mod main_job;
mod pages;
mod payfunc;
mod portal;
mod protocol;
mod query_plan;
mod rate_limit;
mod recurring;
mod schema;
mod slow_clients;
mod support;
mod treasury;
mod twin;
mod vault_rotation;
mod verify;
mod webhooks;
