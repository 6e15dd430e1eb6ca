//! Every face of the hosted invoice, for the render test and for eyes.

use std::collections::BTreeMap;

use super::{
    company::Company,
    invoice::{InvoicePage, Line, Panel, Payment, Total},
    pay_form::{AddressForm, LineChoice, Methods, Partial, PayForm},
    qr::QrSvg,
    tone::{Notice, Tone},
};

impl InvoicePage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("invoice", Self::sample()),
            ("invoice-declined", Self::sample_with(form_declined())),
            ("invoice-errors", Self::sample_with(form_with_errors())),
            ("invoice-partial", Self::sample_partly_paid()),
            ("invoice-lines", Self::sample_with(form_with_lines())),
            ("invoice-mail", Self::sample_with(form_by_mail())),
            ("invoice-paid", Self::sample_paid()),
            ("invoice-confirming", Self::sample_in("Being confirmed", Tone::Info, panel_confirming())),
            ("invoice-by-mail", Self::sample_in("Waiting for a check", Tone::Info, panel_by_mail())),
            ("invoice-rejected", Self::sample_in("Rejected", Tone::Bad, panel_rejected())),
            ("invoice-extreme", Self::sample_extreme()),
        ]
    }

    fn sample() -> Self {
        Self {
            company: Company::sample(),
            public_id: "Zk3vQ9".into(),
            number: "INV-2026-0417".into(),
            status_text: "Open".into(),
            tone: Tone::Info,
            amount_due_label: "Amount due".into(),
            amount_due: "376.94 USD".into(),
            issued: "20 November 2026".into(),
            due: Some("4 December 2026".into()),
            days_text: Some("due in 14 days".into()),
            bill_to: texts(&["Maya Lindqvist", "Lindqvist & Daughters", "7 Mill Lane", "Bath, ME 04530"]),
            ship_to: vec![],
            references: vec![("PO number".into(), "4711".into())],
            message: Some("Thank you for roasting with us.\nBeans ship on the day your payment arrives.".into()),
            lines: vec![
                line(
                    "Single-origin beans, 1 kg",
                    "Ethiopia Yirgacheffe, washed",
                    ["12", "24.00 USD", "−14.40 USD", "15.05 USD", "288.65 USD"],
                ),
                line("Grinder rental", "November 2026", ["1", "45.00 USD", "", "2.48 USD", "47.48 USD"]),
                line("Barista workshop", "Half a day for two people", ["1", "28.81 USD", "", "", "28.81 USD"]),
            ],
            totals: vec![
                total("Subtotal", "361.81 USD", false),
                total("Discount", "−14.40 USD", false),
                total("Sales tax (5.5 %)", "17.53 USD", false),
                total("Shipping", "12.00 USD", false),
                total("Total", "376.94 USD", false),
                total("Amount due", "376.94 USD", true),
            ],
            payments: vec![],
            qr: QrSvg::of_url("https://pay.northwind.example/invoice/Zk3vQ9r1bXyT6mN0aLc8Ww"),
            page_url: Some("pay.northwind.example/invoice/Zk3vQ9r1bXyT6mN0aLc8Ww".into()),
            pdf_url: Some("/invoice/Zk3vQ9/pdf".into()),
            panel: Panel::Pay(Box::new(form())),
        }
    }

    fn sample_with(form: PayForm) -> Self {
        Self { panel: Panel::Pay(Box::new(form)), ..Self::sample() }
    }

    fn sample_in(status: &str, tone: Tone, panel: Panel) -> Self {
        Self { status_text: status.into(), tone, days_text: None, panel, ..Self::sample() }
    }

    fn sample_partly_paid() -> Self {
        let mut page = Self::sample_with(form_with_amount());
        page.company.logo_url = Some("/static/favicon.svg".into());
        page.status_text = "Partially paid".into();
        page.tone = Tone::Warn;
        page.amount_due = "276.94 USD".into();
        page.days_text = Some("3 days overdue".into());
        page.ship_to = texts(&["Lindqvist & Daughters", "Dock 4, 7 Mill Lane", "Bath, ME 04530"]);
        page.totals.insert(5, total("Paid", "−100.00 USD", false));
        page.totals[6].amount = page.amount_due.clone();
        page.payments = vec![payment("100.00 USD", None), payment("50.00 USD", Some("refunded"))];
        page
    }

    fn sample_paid() -> Self {
        let panel = Panel::Paid {
            title: "Thank you".into(),
            text: "376.94 USD was paid on 20 November 2026 with Visa •••• 4242.".into(),
            receipt_url: Some("/invoice/Zk3vQ9/receipt/b81n".into()),
        };
        let mut page = Self::sample_in("Paid", Tone::Good, panel);
        page.amount_due_label = "Paid".into();
        page.message = None;
        page.payments = vec![payment("376.94 USD", None)];
        page.totals.insert(5, total("Paid", "−376.94 USD", false));
        page.totals[6].amount = "0.00 USD".into();
        page
    }

    fn sample_extreme() -> Self {
        let mut page = Self::sample_with(form_with_errors());
        page.company.name =
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft & Söhne".into();
        page.number = "INV-0000000000000000000000000000000000000000000000000417".into();
        page.amount_due = "92,233,720,368,547,758.07 USD".into();
        page.bill_to = texts(&["شركة القهوة الدولية المحدودة", "株式会社コーヒー", &"W".repeat(120)]);
        page.message = Some("https://example.test/".to_owned() + &"averylongpathwithoutanybreak".repeat(8));
        page.lines = (1..=50)
            .map(|n| {
                let name = if n == 2 { "X".repeat(90) } else { format!("Line {n}: قهوة mixed with Latin text") };
                let numbers = [
                    "1,000,000",
                    "92,233,720,368.07 USD",
                    "−1.00 USD",
                    "1,234,567.89 USD",
                    "92,233,720,368,547,758.07 USD",
                ];
                line(&name, "A description that is long enough to need a second row of text on most screens", numbers)
            })
            .collect();
        for total in &mut page.totals {
            total.amount = "92,233,720,368,547,758.07 USD".into();
        }
        page
    }
}

fn form() -> PayForm {
    PayForm {
        version: "3".into(),
        attempt: "a1b2c3".into(),
        methods: Methods { card: true, bank: true, mail: true },
        chosen: "card".into(),
        partial: Partial::Whole,
        tipping: false,
        tip: String::new(),
        tip_hint: String::new(),
        card_name: String::new(),
        bank_name: String::new(),
        bank_account_type: "checking".into(),
        mail_to: texts(&["Northwind Coffee Roasters", "48 Harbour Street", "Portland, ME 04101"]),
        billing: None,
        shipping: None,
        ask_email: true,
        email: String::new(),
        offer_save: false,
        save: false,
        pay_label: "Pay 376.94 USD".into(),
        fine_print: None,
        rejectable: true,
        reject_message: String::new(),
        pay_reject_message: String::new(),
        agreed: String::new(),
        left: String::new(),
        notice: None,
        errors: BTreeMap::new(),
    }
}

fn form_declined() -> PayForm {
    let text = "Your bank said: insufficient funds. Nothing was charged. Try another card, or ask your bank.";
    PayForm {
        methods: Methods { card: true, bank: false, mail: false },
        card_name: "Maya Lindqvist".into(),
        offer_save: true,
        rejectable: false,
        notice: Some(Notice::new(Tone::Bad, "Your card was declined", text)),
        ..form()
    }
}

fn form_with_errors() -> PayForm {
    let errors = [
        ("card_number", "This card number is not complete."),
        ("card_expiry", "This card has expired."),
        ("card_cvc", "Three digits on the back of the card."),
        ("card_name", "Enter the name on the card."),
        ("email", "This is not an e-mail address."),
        ("reject_message", "Say what is wrong, so that it can be put right."),
    ];
    let billing = AddressForm {
        country: "US".into(),
        errors: BTreeMap::from([("postal_code".into(), "Not a postal code of the United States.".into())]),
        ..AddressForm::default()
    };
    PayForm {
        billing: Some(billing),
        shipping: Some(AddressForm::default()),
        email: "maya@".into(),
        notice: Some(Notice::new(Tone::Bad, "Nothing was charged", "Check the fields marked below and try again.")),
        errors: errors.iter().map(|(field, problem)| ((*field).into(), (*problem).into())).collect(),
        ..form()
    }
}

fn form_with_amount() -> PayForm {
    PayForm {
        methods: Methods { card: true, bank: true, mail: false },
        chosen: "bank".into(),
        partial: Partial::Amount { value: "276.94".into(), min: "1.00 USD".into(), max: "276.94 USD".into() },
        tipping: true,
        tip_hint: "In USD, on top of the amount".into(),
        pay_label: "Pay".into(),
        ..form()
    }
}

fn form_with_lines() -> PayForm {
    let choice = |id: &str, name: &str, amount: &str, left_out| LineChoice {
        id: id.into(),
        name: name.into(),
        amount: amount.into(),
        left_out,
    };
    let choices = vec![
        choice("l1", "Single-origin beans, 1 kg", "288.65 USD", false),
        choice("l2", "Grinder rental", "47.48 USD", true),
        choice("l3", "Barista workshop", "28.81 USD", false),
    ];
    PayForm {
        partial: Partial::Lines { choices },
        pay_label: "Authorize 376.94 USD".into(),
        fine_print: Some("The amount is held now and taken when the goods ship.".into()),
        ..form()
    }
}

fn form_by_mail() -> PayForm {
    PayForm { chosen: "mail".into(), ..form() }
}

fn panel_confirming() -> Panel {
    let text = "We sent 376.94 USD from Visa •••• 4242 to the bank and are waiting for its answer.";
    Panel::Confirming { text: text.into(), check_url: "/invoice/Zk3vQ9".into() }
}

fn panel_by_mail() -> Panel {
    let text = "Send a check for 376.94 USD with the number INV-2026-0417 on it.";
    Panel::ByMail { text: text.into(), mail_to: texts(&["Northwind Coffee Roasters", "48 Harbour Street"]) }
}

fn panel_rejected() -> Panel {
    let text = "You wrote on 20 November 2026: “The grinder was returned.” Northwind Coffee Roasters has been told.";
    Panel::Closed { title: "You rejected this invoice".into(), text: text.into() }
}

fn payment(amount: &str, state: Option<&str>) -> Payment {
    Payment {
        date: "20 Nov 2026".into(),
        method: "Visa •••• 4242".into(),
        amount: amount.into(),
        state: state.map(str::to_owned),
        receipt_url: Some("/invoice/Zk3vQ9/receipt/b81n".into()),
    }
}

fn line(name: &str, description: &str, numbers: [&str; 5]) -> Line {
    let [quantity, unit_price, discount, tax, amount] = numbers.map(str::to_owned);
    let (name, description) = (name.into(), description.into());
    Line { name, description, quantity, unit_price, discount, tax, amount, is_left_out: false }
}

fn total(label: &str, amount: &str, strong: bool) -> Total {
    Total { label: label.into(), amount: amount.into(), strong }
}

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
