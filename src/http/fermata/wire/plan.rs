//! Prepaid plans, in two forms of request and one of answer.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::super::auth::id_of;
use super::{Amount, Instant, denomination, given, instant, metadata, value_of};
use crate::app::prepaid_plan::{AttachPlan, ChangePlan, CreatePrepaidPlan};
use crate::domain::currency::Denomination;
use crate::domain::id::{CompanyId, CustomerId};
use crate::domain::plan_attachment::NextPlan;
use crate::domain::prepaid_plan::{Cadence, PlanBalance, PlanTerms, PrepaidPlan, VariableAmounts};
use crate::error::{Error, Result};

/// The price of a period.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewalPrice {
    /// Minor units of the company's currency.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 2000)]
    amount: i64,
}

/// The periods that a plan offers, one at least.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Renewals {
    /// A month.
    #[serde(rename = "MONTHLY", deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RenewalPrice, required = false)]
    monthly: Option<RenewalPrice>,
    /// A year.
    #[serde(rename = "YEARLY", deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RenewalPrice, required = false)]
    yearly: Option<RenewalPrice>,
}

/// What a plan does with one balance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanBalance {
    /// Which, in the older form, in which balances are a list.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: Option<String>,
    /// Units it is filled with.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64, example = 1000)]
    amount: i64,
    /// Whether what is left of them stays when the period ends.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false, example = false)]
    rollover: Option<bool>,
    /// What a unit beyond `amount` costs, minor units; null: none can be had.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 3)]
    variable_amount_cost: Option<i64>,
    /// `alert_at` is set to this part of each grant.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100, example = 20)]
    threshold_alert_percentage: Option<i64>,
    /// What a unit below zero costs when the period ends, minor units; null: the debt is carried.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 5)]
    overage_charge_amount: Option<i64>,
    /// The company's currency.
    #[serde(default)]
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "USD")]
    overage_charge_denomination: Option<String>,
}

/// Balances by denomination, or in the older form a list of them; each with its place in the request.
#[derive(Debug, Default)]
pub struct NewPlanBalances(Vec<(String, Option<String>, NewPlanBalance)>);

impl<'de> Deserialize<'de> for NewPlanBalances {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(BalancesVisitor)
    }
}

struct BalancesVisitor;

impl<'de> Visitor<'de> for BalancesVisitor {
    type Value = NewPlanBalances;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of balances by denomination, or a list of balances")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some((name, balance)) = map.next_entry::<String, NewPlanBalance>()? {
            found.push((format!("balances.{name}"), Some(name), balance));
        }
        Ok(NewPlanBalances(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(balance) = list.next_element::<NewPlanBalance>()? {
            found.push((format!("balances[{}]", found.len()), None, balance));
        }
        Ok(NewPlanBalances(found))
    }
}

/// A new plan. The older form says `charge_amount`, `charge_denomination` and `billing_period` instead of `renewals`,
/// and may say `rollover` and `threshold_alert_percentage` for all balances.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTreasuryPlan {
    /// Its name.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", example = "Pro")]
    name: String,
    /// The company's currency.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "USD")]
    renewal_denomination: Option<String>,
    /// How often balances are filled; not slower than a renewal.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    refill_cadence: Option<String>,
    /// What it costs.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Renewals, required = false)]
    renewals: Option<Renewals>,
    /// What it fills, by denomination; a list in the older form.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, NewPlanBalance>, required = false)]
    balances: NewPlanBalances,
    /// An object of yours.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Object, required = false)]
    flags: Option<Map<String, Value>>,
    /// Older form: the price.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = i64, required = false, minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 2000)]
    charge_amount: Option<i64>,
    /// Older form: the company's currency.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "USD")]
    charge_denomination: Option<String>,
    /// Older form: the period, in any case.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = "^([Mm][Oo][Nn][Tt][Hh]|[Yy][Ee][Aa][Rr])[Ll][Yy]$", example = "monthly")]
    billing_period: Option<String>,
    /// Older form: of all balances that do not say it themselves.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false, example = false)]
    rollover: Option<bool>,
    /// Older form: of all balances that do not say it themselves.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100, example = 20)]
    threshold_alert_percentage: Option<i64>,
}

impl NewTreasuryPlan {
    /// The command.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self) -> Result<CreatePrepaidPlan> {
        let (monthly_price, yearly_price) = self.prices()?;
        let mut currencies = Vec::new();
        for (field, text) in
            [("renewal_denomination", &self.renewal_denomination), ("charge_denomination", &self.charge_denomination)]
        {
            if let Some(text) = text {
                currencies.push((field.to_owned(), denomination(field, text)?));
            }
        }
        let all_alert = percentage("threshold_alert_percentage", self.threshold_alert_percentage)?;
        let mut balances: Vec<PlanBalance> = Vec::new();
        for (place, key, new) in self.balances.0 {
            let overage = new.overage_charge_denomination.clone();
            let balance = new.into_rule(&place, key, self.rollover.unwrap_or(false), all_alert)?;
            if let Some(text) = overage {
                let field = format!("{place}.overage_charge_denomination");
                let named = denomination(&field, &text)?;
                currencies.push((field, named));
            }
            if balances.iter().any(|other| other.denomination == balance.denomination) {
                return Err(Error::invalid(place, "is there twice"));
            }
            balances.push(balance);
        }
        balances.sort_by(|a, b| a.denomination.cmp(&b.denomination));
        let flags = self.flags.map(Value::Object);
        let flags_json = metadata(flags).map_err(|_| Error::invalid("flags", "is too long"))?;
        Ok(CreatePrepaidPlan {
            name: self.name,
            monthly_price,
            yearly_price,
            refill_cadence: self
                .refill_cadence
                .map_or(Ok(Cadence::Monthly), |text| cadence("refill_cadence", &text))?,
            balances,
            flags_json,
            currencies,
        })
    }

    /// The prices of a month and of a year.
    fn prices(&self) -> Result<(Option<i64>, Option<i64>)> {
        let of = |price: &Option<RenewalPrice>| price.as_ref().map(|price| price.amount);
        match (&self.renewals, self.charge_amount) {
            (Some(_), Some(_)) => Err(Error::invalid("charge_amount", "must be left out where there are renewals")),
            (Some(renewals), None) if self.billing_period.is_none() => {
                Ok((of(&renewals.monthly), of(&renewals.yearly)))
            }
            (Some(_), None) => Err(Error::invalid("billing_period", "must be left out where there are renewals")),
            (None, Some(price)) => {
                let period = self.billing_period.as_deref().unwrap_or("MONTHLY").to_ascii_uppercase();
                match cadence("billing_period", &period)? {
                    Cadence::Monthly => Ok((Some(price), None)),
                    Cadence::Yearly => Ok((None, Some(price))),
                }
            }
            (None, None) => Err(Error::invalid("renewals", "must offer MONTHLY or YEARLY")),
        }
    }
}

impl NewPlanBalance {
    fn into_rule(self, place: &str, key: Option<String>, rollover: bool, alert: Option<u8>) -> Result<PlanBalance> {
        let field = format!("{place}.denomination");
        let name = match (key, self.denomination) {
            (Some(key), Some(named)) if key != named => return Err(Error::invalid(field, "is not the balance's name")),
            (Some(key), _) => denomination(place, &key)?,
            (None, Some(named)) => denomination(&field, &named)?,
            (None, None) => return Err(Error::invalid(field, "is missing")),
        };
        let own = percentage(&format!("{place}.threshold_alert_percentage"), self.threshold_alert_percentage)?;
        Ok(PlanBalance {
            denomination: name,
            amount: self.amount,
            rollover: self.rollover.unwrap_or(rollover),
            variable_unit_price: self.variable_amount_cost,
            alert_percentage: own.or(alert),
            overage_unit_price: self.overage_charge_amount,
        })
    }
}

fn percentage(field: &str, part: Option<i64>) -> Result<Option<u8>> {
    let fits = |part: i64| u8::try_from(part).ok().filter(|part| (1..=100).contains(part));
    part.map(|part| fits(part).ok_or_else(|| Error::invalid(field, "must be from 1 to 100"))).transpose()
}

fn cadence(field: &str, text: &str) -> Result<Cadence> {
    Cadence::parse(text).ok_or_else(|| Error::invalid(field, "must be MONTHLY or YEARLY"))
}

/// The plan that an account is to have from its start.
///
/// # Errors
/// `NotFound` for the plan; `Invalid` naming the member.
pub(super) fn attached(
    plan_id: Option<String>,
    renewal_cadence: Option<String>,
    amounts: Option<BTreeMap<String, i64>>,
) -> Result<Option<AttachPlan>> {
    let cadence = renewal_cadence.map(|text| cadence("plan_renewal_cadence", &text)).transpose()?;
    let variable = variable(amounts.unwrap_or_default())?;
    match plan_id {
        Some(id) => Ok(Some(AttachPlan { plan_id: id_of("p_", &id)?, cadence, variable })),
        None if variable.is_empty() => Ok(None),
        None => Err(Error::invalid("plan_variable_amounts", "needs a plan_id")),
    }
}

pub(super) fn variable(amounts: BTreeMap<String, i64>) -> Result<VariableAmounts> {
    let named = |name: String| denomination(&format!("plan_variable_amounts.{name}"), &name);
    amounts.into_iter().map(|(name, amount)| Ok((named(name)?, amount))).collect()
}

/// The plan that an account is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreasuryPlanChange {
    /// Which; null: none from the next renewal on.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, max_length = 42, pattern = r"^p_[A-Za-z0-9._^-]+$", example = "p_0Qk1s3bTz8Yw2LmN")]
    plan_id: Option<String>,
    /// How often it renews; as now, or as the plan does first, where it is left out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    plan_renewal_cadence: Option<String>,
    /// Units beyond the plan's, by denomination; as now, where the plan has them, where it is left out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = BTreeMap<String, Amount>, required = false)]
    plan_variable_amounts: Option<BTreeMap<String, i64>>,
}

impl TreasuryPlanChange {
    /// The command, for this customer.
    ///
    /// # Errors
    /// `NotFound` for the plan; `Invalid` naming the member.
    pub fn into_command(self, customer_id: CustomerId) -> Result<ChangePlan> {
        let Self { plan_id, plan_renewal_cadence, plan_variable_amounts } = self;
        Ok(ChangePlan {
            customer_id,
            plan_id: plan_id.map(|id| id_of("p_", &id)).transpose()?,
            cadence: plan_renewal_cadence.map(|text| cadence("plan_renewal_cadence", &text)).transpose()?,
            variable: plan_variable_amounts.map(variable).transpose()?,
        })
    }
}

/// What the next renewal brings.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryNextPlan {
    /// The plan; null: none.
    #[schema(max_length = 42, pattern = r"^p_[A-Za-z0-9._^-]+$", example = "p_0Qk1s3bTz8Yw2LmN")]
    plan_id: Option<String>,
    /// How often it renews.
    #[schema(pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    plan_renewal_cadence: Option<String>,
    /// Units beyond the plan's, by denomination.
    #[schema(value_type = BTreeMap<String, Amount>)]
    plan_variable_amounts: BTreeMap<String, i64>,
}

impl From<NextPlan> for TreasuryNextPlan {
    fn from(next: NextPlan) -> Self {
        match next {
            NextPlan::End => Self { plan_id: None, plan_renewal_cadence: None, plan_variable_amounts: BTreeMap::new() },
            NextPlan::Terms(PlanTerms { plan_id, cadence, variable }) => Self {
                plan_id: Some(format!("p_{plan_id}")),
                plan_renewal_cadence: Some(cadence.as_str().to_owned()),
                plan_variable_amounts: amounts(&variable),
            },
        }
    }
}

/// Variable amounts by name.
pub(super) fn amounts(variable: &VariableAmounts) -> BTreeMap<String, i64> {
    variable.iter().map(|(name, amount)| (name.as_str().to_owned(), *amount)).collect()
}

/// What a plan does with one balance.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryPlanBalance {
    /// Units it is filled with.
    #[schema(value_type = Amount)]
    amount: i64,
    /// Whether what is left of them stays when the period ends.
    #[schema(example = false)]
    rollover: bool,
    /// What a unit beyond `amount` costs.
    #[schema(value_type = Option<Amount>)]
    variable_amount_cost: Option<i64>,
    /// `alert_at` is set to this part of each grant.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    threshold_alert_percentage: Option<u8>,
    /// What a unit below zero costs when the period ends.
    #[schema(value_type = Option<Amount>)]
    overage_charge_amount: Option<i64>,
    /// The plan's currency, where there is such a price.
    #[schema(pattern = r"^[A-Z]{3}$", example = "USD")]
    overage_charge_denomination: Option<String>,
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryPlan {
    /// Its id.
    #[schema(pattern = r"^p_[A-Za-z0-9._^-]+$", example = "p_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// The company's id.
    #[schema(pattern = r"^c_[A-Za-z0-9._^-]+$", example = "c_0Qk1s3bTz8Yw2LmN")]
    company_id: String,
    /// Its name.
    #[schema(max_length = 200, example = "Pro")]
    name: String,
    /// What its prices are in.
    #[schema(pattern = r"^[A-Z]{3}$", example = "USD")]
    renewal_denomination: String,
    /// How often balances are filled.
    #[schema(pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    refill_cadence: String,
    /// What it costs.
    renewals: Renewals,
    /// What it fills, by denomination.
    balances: BTreeMap<String, TreasuryPlanBalance>,
    /// An object of yours.
    #[schema(value_type = Object)]
    flags: Value,
    /// When it was made.
    #[schema(value_type = Instant)]
    created_at: String,
    /// Null: a plan never changes.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl TreasuryPlan {
    /// A plan of the company.
    pub fn of(plan: PrepaidPlan, company: &CompanyId) -> Self {
        let PrepaidPlan {
            id,
            name,
            currency,
            monthly_price,
            yearly_price,
            refill_cadence,
            balances,
            flags_json,
            created_at,
        } = plan;
        let price = |price: Option<i64>| price.map(|amount| RenewalPrice { amount });
        let shown = |balance: PlanBalance| {
            let named: Denomination = balance.denomination;
            let shown = TreasuryPlanBalance {
                amount: balance.amount,
                rollover: balance.rollover,
                variable_amount_cost: balance.variable_unit_price,
                threshold_alert_percentage: balance.alert_percentage,
                overage_charge_amount: balance.overage_unit_price,
                overage_charge_denomination: balance.overage_unit_price.map(|_| currency.code().to_owned()),
            };
            (named.as_str().to_owned(), shown)
        };
        Self {
            id: format!("p_{id}"),
            company_id: format!("c_{company}"),
            name,
            renewal_denomination: currency.code().to_owned(),
            refill_cadence: refill_cadence.as_str().to_owned(),
            renewals: Renewals { monthly: price(monthly_price), yearly: price(yearly_price) },
            balances: balances.into_iter().map(shown).collect(),
            flags: value_of(&flags_json),
            created_at: instant(created_at),
            updated_at: None,
        }
    }
}
