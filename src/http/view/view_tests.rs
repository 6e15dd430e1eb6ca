//! Renders every face of every page and checks what must hold for all of them.

use askama::Template;

use super::{admin::*, card::*, challenge::*, docs::*, error::*, invoice::*, portal, receipt::*};

const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)></title>' onload='x";

fn rendered<T: Template>(samples: Vec<(&'static str, T)>) -> Vec<(&'static str, String)> {
    samples.into_iter().map(|(name, page)| (name, page.render().expect("a sample renders"))).collect()
}

fn every_page() -> Vec<(&'static str, String)> {
    [
        rendered(InvoicePage::samples()),
        rendered(ReceiptPage::samples()),
        rendered(CardPage::samples()),
        rendered(ChallengePage::samples()),
        rendered(NotFoundPage::samples()),
        rendered(ErrorPage::samples()),
        rendered(LoginPage::samples()),
        rendered(SetupPage::samples()),
        rendered(OverviewPage::samples()),
        rendered(RefusedPage::samples()),
        rendered(DocsPage::samples()),
        rendered(portal::sign_in::SignInPage::samples()),
        rendered(portal::overview::OverviewPage::samples()),
        rendered(portal::balance::BalancePage::samples()),
        rendered(portal::subscriptions::SubscriptionsPage::samples()),
        rendered(portal::subscriptions::SubscriptionPage::samples()),
        rendered(portal::methods::MethodsPage::samples()),
        rendered(portal::documents::DocumentsPage::samples()),
        rendered(portal::documents::ReceiptPage::samples()),
        rendered(portal::profile::ProfilePage::samples()),
        rendered(portal::RefusalPage::samples()),
    ]
    .concat()
}

/// Start tags, with their attributes.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|part| part.split('>').next()).filter(|tag| !tag.starts_with('/')).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

#[test]
fn a_render_depends_on_nothing_but_its_view() {
    assert_eq!(every_page(), every_page());
}

#[test]
fn nothing_is_inline_and_nothing_is_foreign() {
    for (name, html) in every_page() {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        for tag in tags(&html) {
            assert!(attribute(tag, "style").is_none() && !tag.starts_with("style"), "{name}: {tag}");
            assert!(!tag.contains(" on"), "{name}: an event handler in {tag}");
            if tag.starts_with("script") {
                assert!(attribute(tag, "src").is_some(), "{name}: inline script");
            }
            for target in ["src", "href", "action"].iter().filter_map(|name| attribute(tag, name)) {
                let ours = target.starts_with('/') && !target.starts_with("//");
                assert!(ours || target.starts_with('#') || target.starts_with("mailto:"), "{name}: {target}");
            }
        }
        assert!(!html.contains("></script>") || html.contains("defer></script>"), "{name}");
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, html) in every_page() {
        let tags = tags(&html);
        let ids: Vec<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(ids.len(), unique.len(), "{name}: an id twice in {ids:?}");
        for tag in &tags {
            let links = attribute(tag, "href").and_then(|href| href.strip_prefix('#'));
            let names = ["for", "aria-describedby", "aria-labelledby"].into_iter().filter_map(|a| attribute(tag, a));
            for target in names.chain(links) {
                assert!(ids.contains(&target), "{name}: nothing is called {target}");
            }
        }
    }
}

#[test]
fn every_control_has_a_label() {
    for (name, html) in every_page() {
        let labelled: Vec<_> = tags(&html).into_iter().filter_map(|tag| attribute(tag, "for")).collect();
        for tag in tags(&html) {
            let control = ["input", "select", "textarea"].iter().any(|kind| tag.starts_with(kind));
            let wrapped = matches!(attribute(tag, "type"), Some("hidden" | "radio" | "checkbox"));
            if control && !wrapped {
                let id = attribute(tag, "id").unwrap_or_default();
                assert!(labelled.contains(&id), "{name}: no label for {tag}");
            }
        }
    }
}

#[test]
fn errors_are_tied_to_their_fields() {
    let (_, html) = every_page().into_iter().find(|(name, _)| *name == "invoice-errors").expect("a sample");
    for field in
        ["card_number", "card_expiry", "card_cvc", "card_name", "email", "billing_postal_code", "reject_message"]
    {
        let all = tags(&html);
        let control = all.iter().find(|tag| attribute(tag, "id") == Some(&format!("f-{field}"))).expect("a control");
        assert_eq!(attribute(control, "aria-invalid"), Some("true"), "{field}");
        assert_eq!(attribute(control, "aria-describedby"), Some(&*format!("e-{field}")), "{field}");
    }
}

#[test]
fn only_an_open_invoice_can_be_paid() {
    for (name, page) in InvoicePage::samples() {
        let html = page.render().expect("a sample renders");
        assert_eq!(html.contains("action=\"/invoice/Zk3vQ9/pay#pay\""), page.panel.is_payable(), "{name}");
        assert_eq!(html.contains("type=\"submit\""), page.panel.is_payable(), "{name}");
    }
}

#[test]
fn a_typed_amount_shows_its_bounds() {
    let (_, html) = every_page().into_iter().find(|(name, _)| *name == "invoice-partial").expect("a sample");
    assert!(html.contains("<p class=\"hint\" id=\"h-amount\">From 1.00 USD to 276.94 USD</p>"));
    assert!(html.contains("name=\"amount\" type=\"text\" value=\"276.94\""));
}

#[test]
fn card_and_account_numbers_are_never_printed_back() {
    for (name, html) in every_page() {
        for tag in tags(&html) {
            if matches!(
                attribute(tag, "name"),
                Some(
                    "card_number"
                        | "card_cvc"
                        | "card_expiry"
                        | "bank_account"
                        | "bank_routing"
                        | "password"
                        | "password_again"
                )
            ) {
                assert!(matches!(attribute(tag, "value"), None | Some("")), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn strange_texts_stay_texts() {
    let hostile = || HOSTILE.to_owned();
    let mut pages = Vec::new();
    for (_, mut page) in InvoicePage::samples() {
        page.company.name = hostile();
        page.company.address_lines = vec![hostile()];
        page.company.email = Some(hostile());
        page.company.phone = Some(hostile());
        page.company.theme_url = Some(format!("/{HOSTILE}"));
        page.company.logo_url = Some(format!("/{HOSTILE}"));
        page.number = hostile();
        page.public_id = hostile();
        page.message = Some(hostile());
        page.bill_to = vec![hostile()];
        page.references = vec![(hostile(), hostile())];
        page.page_url = Some(hostile());
        for line in &mut page.lines {
            (line.name, line.description, line.discount) = (hostile(), hostile(), hostile());
        }
        page.totals[0].label = hostile();
        match &mut page.panel {
            Panel::Pay(form) => {
                for text in [&mut form.version, &mut form.attempt, &mut form.card_name, &mut form.bank_name] {
                    *text = hostile();
                }
                for text in [&mut form.email, &mut form.reject_message, &mut form.pay_label, &mut form.tip_hint] {
                    *text = hostile();
                }
                form.mail_to = vec![hostile()];
                form.errors.values_mut().for_each(|problem| *problem = hostile());
                if let Some(address) = &mut form.billing {
                    (address.city, address.country) = (hostile(), hostile());
                    address.errors.values_mut().for_each(|problem| *problem = hostile());
                }
            }
            Panel::Paid { title, text, .. } | Panel::Closed { title, text } => (*title, *text) = (hostile(), hostile()),
            Panel::Confirming { text, .. } | Panel::ByMail { text, .. } => *text = hostile(),
        }
        pages.push(page.render().expect("a sample renders"));
    }
    for (_, mut page) in LoginPage::samples() {
        (page.username, page.next, page.company_name, page.csrf) = (hostile(), hostile(), hostile(), hostile());
        pages.push(page.render().expect("a sample renders"));
    }
    for (_, mut page) in OverviewPage::samples() {
        page.frame.company_name = hostile();
        page.chart.summary = hostile();
        page.chart.bars.iter_mut().for_each(|bar| (bar.label, bar.value) = (hostile(), hostile()));
        page.invoices.iter_mut().for_each(|row| row.customer = hostile());
        pages.push(page.render().expect("a sample renders"));
    }
    let error = ErrorPage { title: hostile(), text: hostile(), ..ErrorPage::fault(hostile()) };
    pages.push(error.render().expect("a sample renders"));
    let document = serde_json::json!({"info": {"title": HOSTILE}, "paths": {HOSTILE: {"get": {"tags": [HOSTILE]}}}});
    pages.push(DocsPage::from_openapi(&document, "/openapi.json").render().expect("a sample renders"));
    for html in pages {
        assert!(html.contains("&#60;script&#62;alert(1)"), "the text is shown as it is");
        for tag in tags(&html) {
            let unquoted: String = tag.split('"').step_by(2).collect();
            assert!(!unquoted.contains("onerror") && !unquoted.contains("onload"), "{tag}");
            assert!(!tag.starts_with("script") || attribute(tag, "src").is_some(), "{tag}");
        }
        assert!(!html.contains("<script>"));
        assert_eq!(html.matches("</title>").count(), 1 + html.matches("<g><title>").count());
    }
}

#[test]
fn unescaped_output_is_the_code_alone() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut folders = vec![root];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(folder).expect("templates are there").map(|entry| entry.expect("readable").path())
        {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = std::fs::read_to_string(&entry).expect("templates are UTF-8");
            read += 1;
            for place in text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
                let raw = place.contains("safe") || place.contains("escape");
                assert!(!raw || place.trim() == "qr.svg()|safe", "{}: {place}", entry.display());
            }
        }
    }
    assert!(read > 10, "only {read} templates were read");
}
