//! Pages for people, without a browser: what they say, what their forms do.

pub mod invoice;
mod left_out;
