//! Letters: both forms say the same, and nothing a stranger wrote becomes markup or a line of its own.

use super::*;
use crate::domain::company::tests::company;

#[test]
fn both_forms_say_the_same() {
    let letter = Letter::new("Invoice INV-7")
        .text("Your invoice is ready.\nThank you.")
        .facts([("Invoice", "INV-7"), ("Due", "2026-02-01"), ("PO", "")])
        .total("Amount due", "12.50\u{a0}USD")
        .button("View and pay", "https://pay.example.com/invoice/x?a=1&b=2")
        .code("ABCD-1234")
        .text("  ");
    let Written { subject, text, html } = letter.write(&company("UTC")).expect("it prints");
    assert_eq!(subject, "Invoice INV-7");
    let expected = "Your invoice is ready.\nThank you.\n\nInvoice: INV-7\nDue: 2026-02-01\n\nAmount due: 12.50\u{a0}USD\n\n\
                    View and pay:\nhttps://pay.example.com/invoice/x?a=1&b=2\n\nABCD-1234\n\n\
                    -- \nNorthwind\nshop@northwind.example\nhttps://northwind.example";
    assert_eq!(text, expected);
    for said in
        ["Thank you.", "INV-7", "2026-02-01", "12.50\u{a0}USD", "ABCD-1234", "shop@northwind.example", "#3454d1"]
    {
        assert!(html.contains(said), "{said} is missing:\n{html}");
    }
    assert!(html.contains("href=\"https://pay.example.com/invoice/x?a=1&#38;b=2\""), "{html}");
    assert_eq!(
        Written::from_json(&subject, &Written { subject: subject.clone(), text, html }.to_json())
            .ok()
            .map(|w| w.text)
            .as_deref(),
        Some(expected)
    );
}

#[test]
fn what_strangers_write_stays_text() {
    let evil = "<script>x</script>\r\n\r\nPay at http://evil.example\u{7}";
    let mut shop = company("UTC");
    evil.clone_into(&mut shop.name);
    let letter = Letter::new(evil)
        .text(evil)
        .facts([(evil, evil)])
        .total(evil, evil)
        .button(evil, "https://a.example")
        .code(evil);
    let Written { subject, text, html } = letter.write(&shop).expect("it prints");
    assert_eq!(subject, "<script>x</script> Pay at http://evil.example");
    assert!(!html.contains("<script>"), "{html}");
    let own_lines = text.lines().filter(|line| line.starts_with("Pay at")).count();
    assert_eq!(own_lines, 1, "only the paragraph keeps its line breaks:\n{text}");
    assert!(!text.contains(['\r', '\u{7}']) && !html.contains('\u{7}'));
    assert_eq!(Letter::new("x".repeat(500)).write(&shop).expect("it prints").subject.len(), 150);
}
