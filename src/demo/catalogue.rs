//! What the demo company sells by subscription: every billing frequency, add-ons and discounts of both forms.

use super::Story;
use crate::domain::adjustment::{AdjustmentKind, AdjustmentTerms, AdjustmentUse};
use crate::domain::plan::{PlanTerms, ScheduleTerms};
use crate::error::Result;

/// How much an add-on or discount is: minor units, or thousandths of a percent.
enum Worth {
    Minor(i64),
    Percentage(i64),
}

/// An add-on or discount: kind, name, worth, times it is billed (0: for ever).
const ADJUSTMENTS: &[(AdjustmentKind, &str, Worth, i64)] = &[
    (AdjustmentKind::AddOn, "Oat milk", Worth::Minor(1_800), 0),
    (AdjustmentKind::AddOn, "Filter papers", Worth::Minor(350), 0),
    (AdjustmentKind::AddOn, "Carbon-neutral delivery", Worth::Percentage(2_500), 0),
    (AdjustmentKind::Discount, "Welcome", Worth::Percentage(20_000), 2),
    (AdjustmentKind::Discount, "Friend of the roastery", Worth::Minor(300), 0),
];

/// A plan and when it bills.
struct DemoPlan {
    name: &'static str,
    description: &'static str,
    amount_minor: i64,
    frequency: &'static str,
    /// `None`: on the day of subscribing.
    billing_days: Option<&'static str>,
    interval: i64,
    add_ons: &'static [&'static str],
    discounts: &'static [&'static str],
}

const PLANS: &[DemoPlan] = &[
    DemoPlan {
        name: "House Blend",
        description: "Two bags of the house blend, on the first of the month",
        amount_minor: 2_400,
        frequency: "monthly",
        billing_days: Some("1"),
        interval: 1,
        add_ons: &[],
        discounts: &[],
    },
    DemoPlan {
        name: "Barista's Choice",
        description: "Three single origins a month, from the day you join",
        amount_minor: 3_800,
        frequency: "monthly",
        billing_days: None,
        interval: 1,
        add_ons: &["Carbon-neutral delivery"],
        discounts: &[],
    },
    DemoPlan {
        name: "Fortnight Fresh",
        description: "One bag every fourteen days",
        amount_minor: 1_750,
        frequency: "daily",
        billing_days: Some("14"),
        interval: 1,
        add_ons: &[],
        discounts: &[],
    },
    DemoPlan {
        name: "Office Pantry",
        description: "Coffee for twenty, twice a month",
        amount_minor: 18_900,
        frequency: "twice_monthly",
        billing_days: Some("1,15"),
        interval: 1,
        add_ons: &[],
        discounts: &[],
    },
    DemoPlan {
        name: "Café Wholesale",
        description: "Ten kilos of espresso, billed on the last day of the month",
        amount_minor: 64_000,
        frequency: "monthly",
        billing_days: Some("0"),
        interval: 1,
        add_ons: &[],
        discounts: &["Friend of the roastery"],
    },
    DemoPlan {
        name: "Roaster's Circle",
        description: "A tasting box each season, paid once a year",
        amount_minor: 22_000,
        frequency: "monthly",
        billing_days: None,
        interval: 12,
        add_ons: &[],
        discounts: &[],
    },
];

/// Puts add-ons, discounts and plans into the catalogue.
pub(super) async fn fill(story: &mut Story<'_>) -> Result<()> {
    for (kind, name, worth, duration) in ADJUSTMENTS {
        let (amount_minor, percentage) = match worth {
            Worth::Minor(minor) => (Some(*minor), None),
            Worth::Percentage(thousandths) => (None, Some(*thousandths)),
        };
        let terms = AdjustmentTerms {
            name: Some((*name).to_owned()),
            description: None,
            amount_minor,
            percentage,
            duration: Some(*duration),
        };
        let made = story.app.adjustment_create(story.caller, *kind, terms).await?;
        story.adjustments.insert(name, made.id.to_string());
    }
    for plan in PLANS {
        let terms = PlanTerms {
            name: Some(plan.name.to_owned()),
            description: Some(plan.description.to_owned()),
            amount_minor: Some(plan.amount_minor),
            schedule: ScheduleTerms {
                frequency: Some(plan.frequency.to_owned()),
                billing_days: plan.billing_days.map(str::to_owned),
                interval: Some(plan.interval),
                charge_on_day: Some(plan.billing_days.is_none()),
            },
            add_ons: Some(uses(story, plan.add_ons)),
            discounts: Some(uses(story, plan.discounts)),
            ..PlanTerms::default()
        };
        let made = story.app.plan_create(story.caller, terms).await?;
        story.plans.insert(plan.name, made.plan.id.to_string());
    }
    Ok(())
}

/// The add-ons or discounts of these names, as the catalogue has them.
pub(super) fn uses(story: &Story<'_>, names: &[&str]) -> Vec<AdjustmentUse> {
    let id = |name: &&str| story.adjustments.get(name).cloned();
    names.iter().filter_map(id).map(|id| AdjustmentUse { id, ..AdjustmentUse::default() }).collect()
}
