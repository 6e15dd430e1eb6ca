//! `processor_specific`: what certain processors want to be told. It is kept and shown; of a processor that the seed
//! names, the fields are checked (seed gateway, "Process").

use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};

use crate::domain::apm::RedirectUrl;
use crate::domain::text::line;
use crate::error::{Error, Result};

/// Longest text of a field, characters.
const TEXT_MAX: usize = 255;
/// Largest number that JSON readers keep exactly.
const NUMBER_MAX: i64 = 9_007_199_254_740_991;
/// The pattern of [`Kind::Date`], in the document.
const DATE: &str = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$";

#[derive(Clone, Copy)]
enum Kind {
    Switch,
    /// "2026-01-31".
    Date,
    Url,
    /// Minor units, or how many.
    Number,
    Text,
}

/// Members of `paysafe_direct`: name, kind, and what it says.
const PAYSAFE_DIRECT: [(&str, Kind, &str); 10] = [
    ("subscription_trial_solution", Kind::Switch, "Whether the subscription begins with a trial."),
    ("subscription_start_date", Kind::Date, "First day of the subscription."),
    ("subscription_trial_start_date", Kind::Date, "First day of the trial."),
    ("subscription_trial_end_date", Kind::Date, "Last day of the trial."),
    ("subscription_secondary_billing_date", Kind::Date, "Day of the second bill."),
    ("subscription_cancel_url", Kind::Url, "Page where the customer cancels."),
    ("subscription_amount", Kind::Number, "Price of a period, minor units."),
    ("subscription_unit_cost", Kind::Number, "Price of one, minor units."),
    ("subscription_item_quantity", Kind::Number, "How many."),
    ("subscription_product_desc", Kind::Text, "What is subscribed to."),
];

/// Passes what every processor that is known would read.
///
/// # Errors
/// `Invalid` naming the field.
pub(super) fn check(given: &Map<String, Value>) -> Result<()> {
    const OF: &str = "processor_specific.paysafe_direct";
    let members = match given.get("paysafe_direct") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Error::invalid(OF, "must be an object")),
    };
    for (name, kind, _) in PAYSAFE_DIRECT {
        let value = members.get(name).unwrap_or(&Value::Null);
        if !value.is_null() {
            kind.check(&format!("{OF}.{name}"), value)?;
        }
    }
    Ok(())
}

impl Kind {
    fn check(self, field: &str, value: &Value) -> Result<()> {
        let problem = match (self, value) {
            (Self::Switch, Value::Bool(_)) => None,
            (Self::Switch, _) => Some("must be true or false"),
            (Self::Number, Value::Number(number)) if number.as_i64().is_some_and(|n| (0..=NUMBER_MAX).contains(&n)) => {
                None
            }
            (Self::Number, _) => Some("must be a whole number from 0 to 9007199254740991"),
            (_, Value::String(text)) => {
                line(field, text, TEXT_MAX)?;
                self.problem_of(text)
            }
            (_, _) => Some("must be a text"),
        };
        problem.map_or(Ok(()), |problem| Err(Error::invalid(field, problem)))
    }

    fn problem_of(self, text: &str) -> Option<&'static str> {
        match self {
            Self::Date => {
                let is_date = text.len() == "2026-01-31".len() && text.parse::<jiff::civil::Date>().is_ok();
                (!text.is_empty() && !is_date).then_some("must be a date such as 2026-01-31")
            }
            Self::Url => (!text.is_empty() && RedirectUrl::parse(text).is_none())
                .then_some("must be an address such as https://shop.example/cancel"),
            Self::Switch | Self::Number | Self::Text => None,
        }
    }

    fn schema(self, told: &str) -> Object {
        let of = |kind: Type| {
            let or_null = SchemaType::from_iter([kind, Type::Null]);
            ObjectBuilder::new().schema_type(or_null).description(Some(told))
        };
        let text = || of(Type::String).max_length(Some(TEXT_MAX));
        match self {
            Self::Switch => of(Type::Boolean).examples([false]),
            Self::Number => of(Type::Integer).minimum(Some(0)).maximum(Some(NUMBER_MAX)).examples([100]),
            Self::Date => text().pattern(Some(DATE)).examples(["2026-01-31"]),
            Self::Url => text().pattern(Some("^(https?://.+)?$")).examples(["https://shop.example/cancel"]),
            Self::Text => text().examples(["Magazine"]),
        }
        .build()
    }
}

/// The field in the document; members of other processors may stand beside those that are known.
pub(super) fn schema() -> Schema {
    let members = PAYSAFE_DIRECT.iter().fold(ObjectBuilder::new(), |object, (name, kind, told)| {
        object.property(*name, RefOr::T(Schema::Object(kind.schema(told))))
    });
    let or_null = || SchemaType::from_iter([Type::Object, Type::Null]);
    let members = members.schema_type(or_null()).description(Some("For the processor of this name."));
    ObjectBuilder::new()
        .schema_type(or_null())
        .description(Some("For certain processors; kept and shown."))
        .property("paysafe_direct", RefOr::T(Schema::Object(members.build())))
        .into()
}
