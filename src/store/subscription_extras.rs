//! The JSON column of what each bill of a subscription says besides its amount.

use serde::{Deserialize, Serialize};

use crate::domain::recurring::extras::{BillExtras, BillLine};
use crate::error::{Error, Result};

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Extras {
    lines: Vec<Line>,
    derives_amount: bool,
    tax_minor: i64,
    tax_exempt: bool,
    po_number: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    description: String,
    amount_minor: i64,
    tax_minor: i64,
    given: String,
}

/// The text of `subscription.extras_json`.
pub(super) fn text(extras: &BillExtras) -> Result<String> {
    let BillExtras { lines, derives_amount, tax_minor, tax_exempt, po_number } = extras.clone();
    let lines = lines.into_iter().map(|line| {
        let BillLine { name, description, amount_minor, tax_minor, given_json: given } = line;
        Line { name, description, amount_minor, tax_minor, given }
    });
    let extras = Extras { lines: lines.collect(), derives_amount, tax_minor, tax_exempt, po_number };
    serde_json::to_string(&extras).map_err(Error::internal)
}

/// Reads the text of `subscription.extras_json`.
pub(super) fn read(text: &str) -> Result<BillExtras, String> {
    let Extras { lines, derives_amount, tax_minor, tax_exempt, po_number } =
        serde_json::from_str(text).map_err(|why| why.to_string())?;
    let lines = lines.into_iter().map(|line| {
        let Line { name, description, amount_minor, tax_minor, given: given_json } = line;
        BillLine { name, description, amount_minor, tax_minor, given_json }
    });
    Ok(BillExtras { lines: lines.collect(), derives_amount, tax_minor, tax_exempt, po_number })
}
