//! Invoices and receipts as papers: what they say, taken from the same lines as their pages.

pub(super) mod invoice;
pub(super) mod receipt;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};

use crate::domain::address::Address;
use crate::domain::company::Company;
use crate::error::Result;
use crate::http::postal::address_lines;
use crate::paper::Paper;

/// A paper as an answer; `name` is the file's, as far as it is letters and digits.
///
/// # Errors
/// `Internal` where it cannot be made.
pub(super) fn answer(paper: &Paper, name: &str) -> Result<HttpResponse> {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\"")))
        .body(paper.to_pdf()?))
}

/// Who the paper is from: the name, where they are, how to reach them.
fn merchant(company: &Company, address: &Address) -> Vec<String> {
    let place = address_lines(address).into_iter().filter(|line| *line != company.name);
    let contact = [&company.email, &company.phone, &company.website].into_iter().filter(|text| !text.is_empty());
    std::iter::once(company.name.clone()).chain(place).chain(contact.cloned()).collect()
}
