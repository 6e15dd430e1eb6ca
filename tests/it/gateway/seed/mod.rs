//! The seed against the program: every field of its tables, every example, every bound.
//!
//! `fields.tsv` and the `.json` files beside this one are copied from `spec/seeds/gateway.txt`; what the program does
//! not do yet stands in a table `PENDING`, and a test fails as soon as an entry of it is done.

mod document;
mod examples;
mod fields;
mod limits;
mod openapi;
mod stage;
