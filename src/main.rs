//! The executable: everything it does is in the library.

fn main() {}
