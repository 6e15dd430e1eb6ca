//! The plan of a customer as a business fact: attached by a request, or renewed by itself; paid once and granted once.

use bursar::app::App;
use bursar::app::prepaid_plan::{ChangePlan, CreatePrepaidPlan};
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::domain::currency::Denomination;
use bursar::domain::id::{CustomerId, PrepaidPlanId};
use bursar::domain::prepaid_charge::ChargeStatus;
use bursar::domain::prepaid_plan::{Cadence, PlanBalance};
use bursar::domain::usage_event::{Cost, EventType};
use bursar::error::{Error, Result};
use rusqlite::Connection;

use super::audit::Findings;
use super::fact::{AMOUNT, Client, Fact, GOOD, customer};
use super::world::{World, merchant, merchant_with_key};

/// Units of a period.
const GRANT: i64 = 1_000;
/// Units of the first period that events take.
const TAKEN: i64 = 400;

fn units() -> Denomination {
    Denomination::parse("credits").expect("a denomination")
}

fn change(customer_id: CustomerId, plan_id: PrepaidPlanId) -> ChangePlan {
    ChangePlan { customer_id, plan_id: Some(plan_id), cadence: None, variable: None }
}

/// A customer with a card, and a plan; one that is to be renewed is attached and partly used.
pub async fn prepare(fact: Fact, world: &World) -> (CustomerId, PrepaidPlanId) {
    let app = world.app();
    let customer_id = customer(app, GOOD).await;
    let balance = PlanBalance {
        denomination: units(),
        amount: GRANT,
        rollover: false,
        variable_unit_price: None,
        alert_percentage: None,
        overage_unit_price: None,
    };
    let plan = CreatePrepaidPlan {
        name: "Pro".to_owned(),
        monthly_price: Some(AMOUNT),
        yearly_price: None,
        refill_cadence: Cadence::Monthly,
        balances: vec![balance],
        flags_json: "{}".to_owned(),
        currencies: Vec::new(),
    };
    let plan_id = app.prepaid_plan_create(&merchant(), plan).await.expect("the plan is good").id;
    if fact == Fact::PlanRenewal {
        let attached = app.plan_change(&merchant(), change(customer_id.clone(), plan_id.clone())).await;
        attached.expect("the card is good");
        let used = RecordUsage {
            kind: EventType::parse("CALL").expect("a type"),
            quantity: 1,
            cost: Some(Cost { denomination: units(), amount: TAKEN }),
            state: NewState::Complete,
            gate_on_balance: true,
            metadata_json: "{}".to_owned(),
        };
        app.usage_event_record(&merchant(), &customer_id, used).await.expect("there are units");
    }
    (customer_id, plan_id)
}

/// The client asks for the plan, by another name after a decline.
///
/// # Errors
/// A fault is the crash.
pub async fn ask(app: &App, (customer_id, plan_id): (CustomerId, PrepaidPlanId), client: &mut Client) -> Result<()> {
    let name = merchant_with_key(&format!("plan-{}", client.declines));
    match app.plan_change(&name, change(customer_id, plan_id)).await {
        Ok(answered) if answered.charge.as_ref().is_some_and(|charge| charge.status == ChargeStatus::Declined) => {
            client.declines += 1;
            Ok(())
        }
        Ok(answered) => {
            client.told_paid |= !answered.is_confirming();
            Ok(())
        }
        // The first request of this name, or an earlier charge, is still under way.
        Err(Error::Refused(_)) => Ok(()),
        Err(why) => Err(why),
    }
}

/// A plan is attached at most once, and for ever once the client was told; a renewal comes, once.
pub fn is_done(database: &Connection, fact: Fact, client: &Client, findings: &mut Findings) {
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a good statement");
    let status: String = database
        .query_row("SELECT COALESCE(MAX(status), 'NONE') FROM plan_attachment", [], |row| row.get(0))
        .expect("a good statement");
    let done = count("SELECT COUNT(*) FROM plan_step WHERE status = 'succeeded'");
    let open = count("SELECT COUNT(*) FROM plan_step WHERE status = 'confirming'");
    let moved = count("SELECT COALESCE(SUM(moved), 0) FROM plan_grant");
    let expected = match fact {
        Fact::PlanRenewal => ("ACTIVE", 2, 0, GRANT + TAKEN),
        _ if client.told_paid || done > 0 => ("ACTIVE", 1, 0, GRANT),
        _ => ("NONE", 0, 0, 0),
    };
    if (status.as_str(), done, open, moved) != expected {
        findings.others.push(format!("the plan is {status}: {done} steps done, {open} open, {moved} units moved"));
    }
}
