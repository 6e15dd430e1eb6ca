//! Request and response structs of the gateway, a file per noun. Conversions from the domain destructure every field.

pub mod login;
