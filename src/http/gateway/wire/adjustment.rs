//! Add-ons and discounts: in the catalogue, and as plans and subscriptions carry them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::adjustment::{Adjustment, AdjustmentTerms, AdjustmentUse, Applied};

/// A new add-on or discount, or a change of one; what a change does not give stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct AdjustmentForm {
    /// At most 255 characters.
    #[schema(max_length = 255, example = "Extra seat")]
    pub name: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub description: Option<String>,
    /// Minor units; either this or `percentage`.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: Option<i64>,
    /// Thousandths of a percent of the subscription amount, 0 or 100 to 100000.
    #[schema(minimum = 0, maximum = 100000, example = 43440)]
    pub percentage: Option<i64>,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: Option<i64>,
}

impl AdjustmentForm {
    /// The terms in it.
    pub fn into_terms(self) -> AdjustmentTerms {
        let Self { name, description, amount, percentage, duration } = self;
        AdjustmentTerms { name, description, amount_minor: amount, percentage, duration }
    }
}

/// An add-on or discount that a plan or subscription is given; what is not said is the catalogue's.
#[derive(Deserialize, ToSchema)]
pub struct AdjustmentUseForm {
    /// Its id in the catalogue.
    #[schema(max_length = 40, example = "b75cvl51tlv38t0o7o30")]
    pub id: String,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "Extra seat")]
    pub name: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub description: Option<String>,
    /// Minor units; takes the place of a percentage.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: Option<i64>,
    /// Thousandths of a percent; takes the place of an amount.
    #[schema(minimum = 0, maximum = 100000, example = 43440)]
    pub percentage: Option<i64>,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: Option<i64>,
}

impl AdjustmentUseForm {
    fn into_use(self) -> AdjustmentUse {
        let Self { id, name, description, amount, percentage, duration } = self;
        AdjustmentUse {
            id,
            overrides: AdjustmentTerms { name, description, amount_minor: amount, percentage, duration },
        }
    }
}

/// The entries of a list, where there is one.
pub(super) fn uses(list: Option<Vec<AdjustmentUseForm>>) -> Option<Vec<AdjustmentUse>> {
    list.map(|entries| entries.into_iter().map(AdjustmentUseForm::into_use).collect())
}

/// An add-on or discount.
#[derive(Serialize, ToSchema)]
pub struct AdjustmentShown {
    /// Its id.
    #[schema(max_length = 40, example = "b75cvl51tlv38t0o7o30")]
    pub id: String,
    /// Display name.
    #[schema(max_length = 255, example = "Extra seat")]
    pub name: String,
    /// Longer text.
    #[schema(max_length = 255, example = "")]
    pub description: String,
    /// Minor units; null where it is a percentage.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: Option<i64>,
    /// Thousandths of a percent; null where it is an amount.
    #[schema(minimum = 0, maximum = 100000, example = 43440)]
    pub percentage: Option<u32>,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: u32,
    /// When it was made; null in a plan or subscription.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub created_at: Option<String>,
    /// When it last changed; null in a plan or subscription.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub updated_at: Option<String>,
}

impl From<Adjustment> for AdjustmentShown {
    fn from(adjustment: Adjustment) -> Self {
        let Adjustment { id, kind: _ /* the path says it */, name, description, worth, duration, .. } = adjustment;
        Self {
            id: id.as_str().to_owned(),
            name,
            description,
            amount: worth.amount_minor(),
            percentage: worth.percentage(),
            duration,
            created_at: Some(adjustment.created_at.to_string()),
            updated_at: Some(adjustment.updated_at.to_string()),
        }
    }
}

/// Those that a plan or subscription carries; none is null, as the seed shows it.
pub(super) fn carried<'a>(applied: impl Iterator<Item = &'a Applied>) -> Option<Vec<AdjustmentShown>> {
    let shown: Vec<AdjustmentShown> = applied
        .map(|applied| {
            let Applied { kind: _ /* the list says it */, adjustment_id, name, description, worth, duration } = applied;
            AdjustmentShown {
                id: adjustment_id.as_str().to_owned(),
                name: name.clone(),
                description: description.clone(),
                amount: worth.amount_minor(),
                percentage: worth.percentage(),
                duration: *duration,
                created_at: None,
                updated_at: None,
            }
        })
        .collect();
    (!shown.is_empty()).then_some(shown)
}
