//! Making a plan.

use serde_json::json;

use super::require_in;
use crate::app::write_once::Asked;
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::PrepaidPlanId;
use crate::domain::prepaid_plan::{Cadence, PlanBalance, PrepaidPlan};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A new plan.
#[derive(Clone, Debug)]
pub struct CreatePrepaidPlan {
    /// Its name.
    pub name: String,
    /// The price of a month, minor units of the company's currency.
    pub monthly_price: Option<i64>,
    /// The price of a year.
    pub yearly_price: Option<i64>,
    /// How often its balances are filled.
    pub refill_cadence: Cadence,
    /// Its balances, each once.
    pub balances: Vec<PlanBalance>,
    /// JSON text of an object of the merchant's.
    pub flags_json: String,
    /// What its prices are said to be in, each with the member that says so.
    pub currencies: Vec<(String, Denomination)>,
}

impl App {
    /// Makes a plan.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the member.
    pub async fn prepaid_plan_create(&self, caller: &Caller, command: CreatePrepaidPlan) -> Result<PrepaidPlan> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("prepaid_plan", "prepaid_plan.create").with(&format!("{command:?}"));
        let currency = self.company()?.currency;
        let priced_in = Denomination::from(currency);
        if let Some((field, _)) = command.currencies.iter().find(|(_, named)| *named != priced_in) {
            return Err(Error::invalid(field, format!("must be the company's currency, {priced_in}")));
        }
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let CreatePrepaidPlan { name, monthly_price, yearly_price, refill_cadence, balances, flags_json, .. } =
                command;
            let (id, created_at) = (tx.new_id(), tx.now());
            let plan = PrepaidPlan {
                id,
                name,
                currency,
                monthly_price,
                yearly_price,
                refill_cadence,
                balances,
                flags_json,
                created_at,
            };
            let plan = plan.checked()?;
            store::prepaid_plan::insert(tx, &plan)?;
            event::emit(tx, caller, Topic::PrepaidPlanCreated, plan.id.as_str(), &json!({ "name": plan.name }))?;
            Ok(plan.id.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| require_in(tx, &PrepaidPlanId::from_stored(id.to_owned()));
        self.write_once(caller, asked, work, show).await
    }
}
