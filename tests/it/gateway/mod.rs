//! The gateway's API, a module per noun.

mod access;
mod customer;
mod customer_search;
mod face;
mod invoice;
mod login;
mod payment_method;
mod user;
mod vault;
