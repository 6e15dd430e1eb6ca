//! Request and response structs of the gateway, a file per noun. Conversions from the domain destructure every field.

pub mod adjustment;
pub mod amounts;
pub mod amounts_answer;
pub mod amounts_line;
pub mod api_key;
pub mod customer;
pub mod customer_search;
pub mod fees;
mod given;
pub mod invoice;
pub mod invoice_address;
pub mod invoice_search;
pub mod invoice_shown;
pub mod login;
pub mod payment_method;
pub mod plan;
pub mod settlement;
pub mod subscription;
pub mod subscription_search;
pub mod terminal;
pub mod transaction;
pub mod transaction_amounts;
pub mod transaction_answer;
pub mod transaction_details;
pub mod transaction_method;
pub mod transaction_search;
pub mod user;
