//! Bursar, a billing appliance. What follows is `src/ARCHITECTURE.md`.
#![doc = include_str!("ARCHITECTURE.md")]

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod error;
pub mod http;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod observability;
pub mod outbound;
pub mod paper;
pub mod processors;
pub mod serve;
pub mod signature;
pub mod store;
pub mod vault;
pub mod wallet;
