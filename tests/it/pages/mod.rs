//! Pages for people, without a browser: what they say, what their forms do.

mod invoice;
mod left_out;
