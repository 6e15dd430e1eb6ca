//! Tests of the passwords.
