//! `bursar company show | set`: the merchant's profile.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::folder::{with_app, with_books};
use super::print;
use crate::app::company::CompanyChange;
use crate::config::DataConfig;
use crate::domain::company;
use crate::domain::fees::policy;
use crate::error::{Error, Result};

/// The merchant's profile.
#[derive(Subcommand, Debug)]
pub(super) enum Company {
    /// Print the profile as JSON
    Show(Show),
    /// Change fields and print the profile
    Set(Set),
}

/// Print the profile.
#[derive(Args, Debug)]
pub(super) struct Show {
    #[command(flatten)]
    data: DataConfig,
}

/// Change fields.
#[derive(Args, Debug)]
pub(super) struct Set {
    /// FIELD=VALUE, such as name="Northwind Coffee" address.city=Portland time_zone=America/New_York
    #[arg(required = true, value_name = "FIELD=VALUE", value_parser = change)]
    changes: Vec<CompanyChange>,
    #[command(flatten)]
    data: DataConfig,
}

impl Company {
    pub(super) fn run(self) -> Result<()> {
        let company = match self {
            Self::Show(Show { data }) => with_books(&data, async |app, caller| app.company_find(caller)),
            Self::Set(Set { changes, data }) => {
                with_app(&data, async |app, caller| app.company_update(caller, changes).await)
            }
        }?;
        let text = serde_json::to_string_pretty(&profile(company)).map_err(Error::internal)?;
        print(&text)
    }
}

fn change(text: &str) -> Result<CompanyChange, String> {
    let (field, value) = text.split_once('=').ok_or("must be FIELD=VALUE")?;
    Ok(CompanyChange { field: field.to_owned(), value: value.to_owned() })
}

fn profile(company: company::Company) -> Value {
    let cutoff = company.settlement_cutoff_s;
    let fee = |worth: Option<_>| worth.map(policy::text_of).unwrap_or_default();
    let fees = company.fees.entries().into_iter().map(|(name, worth)| (name.to_owned(), Value::from(fee(worth))));
    json!({
        "id": company.id.as_str(),
        "name": company.name,
        "email": company.email,
        "phone": company.phone,
        "website": company.website,
        "logo_url": company.logo_url,
        "accent": company.accent,
        "language": company.language.as_str(),
        "address": serde_json::from_str::<Value>(&company.address_json).unwrap_or_default(),
        "currency": company.currency.code(),
        "time_zone": company.time_zone,
        "settlement_cutoff": format!("{:02}:{:02}:{:02}", cutoff / 3600, cutoff / 60 % 60, cutoff % 60),
        "invoice_prefix": company.invoice_prefix,
        "next_invoice_number": company.next_invoice_number,
        "retry_days": company.retry_days,
        "payment_terms_days": company.payment_terms_days,
        "mail_receipts": if company.mails_receipts { "on" } else { "off" },
        "reminder_days": company.reminder_days,
        "fees": Value::Object(fees.collect()),
        "billing_held": company.billing_held.map(|(at, reason)| json!({ "at": at.to_string(), "reason": reason })),
    })
}
