//! What `make bench` prints about the store.

fn main() {}
