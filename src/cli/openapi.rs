//! `bursar openapi`: the document that `/openapi.json` serves.

use super::print;
use crate::error::{Error, Result};
use crate::http;

pub(super) fn run() -> Result<()> {
    print(&http::openapi::document().to_pretty_json().map_err(Error::internal)?)
}
