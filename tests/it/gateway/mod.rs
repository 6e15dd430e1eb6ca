//! The gateway's API, a module per noun.

mod customer;
mod customer_search;
mod face;
mod login;
mod payment_method;
mod vault;
