//! Add-ons and discounts: in the catalogue, and as a plan or subscription carries them.
//!
//! A plan or subscription carries a copy, not a reference: changing or deleting the one in the catalogue changes
//! nobody's price (seed gateway, "Create Plan": every value may be overridden where it is used).

use super::currency::Currency;
use super::id::AdjustmentId;
use super::money::Money;
use super::rate::Rate;
use super::recurring::price::Value;
use super::text;
use super::time::Timestamp;
use crate::error::{Error, Result};

/// Longest name and description, characters.
pub const TEXT_MAX: usize = 255;
/// Largest amount of a plan, subscription, add-on or discount, minor units: the sum of all that one period may have
/// stays within [`crate::domain::money::AMOUNT_MAX_MINOR`], so pricing cannot overflow.
pub const AMOUNT_MAX_MINOR: i64 = 9_999_999_999_999;
/// Largest duration, in bills: more than there are days until the last billing year.
pub const DURATION_MAX: i64 = 100_000;
/// Least percentage above zero, thousandths: 0.1 % (seed gateway, "Create Add-On").
const PERCENTAGE_MIN: i64 = 100;
/// Largest percentage, thousandths: 100 %.
const PERCENTAGE_MAX: i64 = 100_000;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdjustmentKind {
    /// Adds to what is billed.
    AddOn,
    /// Takes off what is billed.
    Discount,
}

impl AdjustmentKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AddOn, Self::Discount];

    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddOn => "add_on",
            Self::Discount => "discount",
        }
    }

    /// Reads what [`AdjustmentKind::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The noun for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::AddOn => "add-on",
            Self::Discount => "discount",
        }
    }

    /// The list of a plan or subscription that holds this kind, as the gateway names it.
    pub fn list_field(self) -> &'static str {
        match self {
            Self::AddOn => "add_ons",
            Self::Discount => "discounts",
        }
    }
}

/// How much: minor units of the currency of whoever carries it, or a share of the amount billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Minor units, 0 to [`AMOUNT_MAX_MINOR`].
    AmountMinor(i64),
    /// A share of the subscription amount.
    Percentage(Rate),
}

impl Worth {
    /// Reads what a caller gave: one of the two, not both and not neither.
    ///
    /// # Errors
    /// `Invalid` on `amount` or `percentage`.
    pub fn from_terms(amount_minor: Option<i64>, percentage: Option<i64>) -> Result<Self> {
        match (amount_minor, percentage) {
            (Some(_), Some(_)) => Err(Error::invalid("percentage", "give either amount or percentage, not both")),
            (None, None) => Err(Error::invalid("amount", "give either amount or percentage")),
            (Some(minor), None) => Ok(Self::AmountMinor(amount_minor_of("amount", minor)?)),
            (None, Some(thousandths)) => percentage_of(thousandths).map(Self::Percentage),
        }
    }

    /// The minor units, if it is an amount.
    pub fn amount_minor(self) -> Option<i64> {
        match self {
            Self::AmountMinor(minor) => Some(minor),
            Self::Percentage(_) => None,
        }
    }

    /// The thousandths of a percent, if it is a percentage.
    pub fn percentage(self) -> Option<u32> {
        match self {
            Self::AmountMinor(_) => None,
            Self::Percentage(rate) => Some(rate.thousandths()),
        }
    }

    /// As the price of a period takes it.
    ///
    /// # Errors
    /// Out of range.
    pub fn in_currency(self, currency: Currency) -> Result<Value> {
        Ok(match self {
            Self::AmountMinor(minor) => Value::Amount(Money::new(minor, currency)?),
            Self::Percentage(rate) => Value::Percentage(rate),
        })
    }

    /// What it comes to for `base`, not negative.
    ///
    /// # Errors
    /// Out of range.
    pub fn of(self, base: Money) -> Result<Money> {
        Ok(match self {
            Self::AmountMinor(minor) => Money::new(minor, base.currency())?,
            Self::Percentage(rate) => rate.of(base)?,
        })
    }
}

/// An add-on or discount of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Its id.
    pub id: AdjustmentId,
    /// Which of the two.
    pub kind: AdjustmentKind,
    /// Display name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// How much.
    pub worth: Worth,
    /// Times it is billed; 0 is until cancelled.
    pub duration: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a caller says of an add-on or discount; `None` is unsaid and, in a change, stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the fields of an adjustment")]
pub struct AdjustmentTerms {
    pub name: Option<String>,
    pub description: Option<String>,
    pub amount_minor: Option<i64>,
    pub percentage: Option<i64>,
    pub duration: Option<i64>,
}

impl AdjustmentTerms {
    /// A new one.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn create(&self, id: AdjustmentId, kind: AdjustmentKind, now: Timestamp) -> Result<Adjustment> {
        let worth = Worth::from_terms(self.amount_minor, self.percentage)?;
        let blank = Adjustment {
            id,
            kind,
            name: String::new(),
            description: String::new(),
            worth,
            duration: 0,
            created_at: now,
            updated_at: now,
        };
        self.change(&blank, now)
    }

    /// `current` with what these terms say.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn change(&self, current: &Adjustment, now: Timestamp) -> Result<Adjustment> {
        let worth = match (self.amount_minor, self.percentage) {
            (None, None) => current.worth,
            (amount_minor, percentage) => Worth::from_terms(amount_minor, percentage)?,
        };
        Ok(Adjustment {
            name: name_of("name", self.name.as_deref(), &current.name)?,
            description: description_of("description", self.description.as_deref(), &current.description)?,
            worth,
            duration: duration_of("duration", self.duration, current.duration)?,
            updated_at: now,
            ..current.clone()
        })
    }
}

/// An add-on or discount as a plan carries it, or as a subscription was made with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which of the two.
    pub kind: AdjustmentKind,
    /// The one in the catalogue that it was copied from; that one may be gone.
    pub adjustment_id: AdjustmentId,
    /// Display name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// How much.
    pub worth: Worth,
    /// Times it is billed; 0 is until cancelled.
    pub duration: u32,
}

/// An entry of `add_ons` or `discounts` of a request: which one, and what differs from the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdjustmentUse {
    /// The id in the catalogue.
    pub id: String,
    /// What is said otherwise here.
    pub overrides: AdjustmentTerms,
}

impl AdjustmentUse {
    /// The copy that a plan or subscription carries.
    ///
    /// # Errors
    /// `Invalid` naming the field within the entry.
    pub fn apply(&self, source: &Adjustment) -> Result<Applied> {
        let Adjustment { id, kind, name, description, worth, duration, .. } =
            self.overrides.change(source, source.updated_at)?;
        Ok(Applied { kind, adjustment_id: id, name, description, worth, duration })
    }
}

/// The sum of what the adjustments of `kind` come to for `base`, before any floor.
///
/// # Errors
/// Out of range.
pub fn total_of<'a>(
    base: Money,
    kind: AdjustmentKind,
    adjustments: impl IntoIterator<Item = &'a Applied>,
) -> Result<Money> {
    adjustments.into_iter().filter(|applied| applied.kind == kind).try_fold(
        Money::zero(base.currency()),
        |sum, applied| {
            let worth = applied.worth.of(base)?;
            Ok(sum.plus(worth)?)
        },
    )
}

/// An amount to bill, add or take off.
///
/// # Errors
/// `Invalid` naming `field` unless it is 0 to [`AMOUNT_MAX_MINOR`].
pub fn amount_minor_of(field: &str, minor: i64) -> Result<i64> {
    if (0..=AMOUNT_MAX_MINOR).contains(&minor) {
        Ok(minor)
    } else {
        Err(Error::invalid(field, format!("must be 0 to {AMOUNT_MAX_MINOR}")))
    }
}

/// A duration in bills, or `unsaid` where there is none.
///
/// # Errors
/// `Invalid` naming `field` unless it is 0 to [`DURATION_MAX`].
pub fn duration_of(field: &str, duration: Option<i64>, unsaid: u32) -> Result<u32> {
    let Some(duration) = duration else { return Ok(unsaid) };
    u32::try_from(duration)
        .ok()
        .filter(|_| duration <= DURATION_MAX)
        .ok_or_else(|| Error::invalid(field, format!("must be 0 (until cancelled) to {DURATION_MAX}")))
}

/// A display name, or `unsaid` where there is none.
///
/// # Errors
/// `Invalid` naming `field` where it is longer than [`TEXT_MAX`] or holds control characters.
pub fn name_of(field: &str, name: Option<&str>, unsaid: &str) -> Result<String> {
    name.map_or_else(|| Ok(unsaid.to_owned()), |name| text::line(field, name, TEXT_MAX))
}

/// A description, or `unsaid` where there is none.
///
/// # Errors
/// As [`name_of`]; line breaks are allowed.
pub fn description_of(field: &str, description: Option<&str>, unsaid: &str) -> Result<String> {
    description.map_or_else(|| Ok(unsaid.to_owned()), |said| text::paragraph(field, said, TEXT_MAX))
}

fn percentage_of(thousandths: i64) -> Result<Rate> {
    let fits = thousandths == 0 || (PERCENTAGE_MIN..=PERCENTAGE_MAX).contains(&thousandths);
    u32::try_from(thousandths)
        .ok()
        .filter(|_| fits)
        .and_then(Rate::from_thousandths)
        .ok_or_else(|| Error::invalid("percentage", "must be 0, or 100 (0.1 %) to 100000 (100 %)"))
}

#[cfg(test)]
#[path = "adjustment_tests.rs"]
mod tests;
