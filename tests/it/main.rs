//! The program from outside, through its interfaces; a module per noun or dialect.

mod arithmetic;
mod gateway;
mod support;
