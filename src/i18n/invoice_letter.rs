//! The letter with a new invoice.

super::messages! {
    /// Words of the letter; of its blanks `{0}` is the number and `{1}` the company in the subject, `{0}` the company
    /// elsewhere.
    InvoiceLetter {
        subject: [
            "Invoice {0} from {1}",
            "Faktura {0} från {1}",
            "Rechnung {0} von {1}",
            "Facture {0} de {1}",
        ],
        intro: [
            "{0} sent you an invoice. You can see it, and pay it, on its page.",
            "{0} har skickat en faktura till dig. Du kan se den, och betala den, på dess sida.",
            "{0} hat Ihnen eine Rechnung geschickt. Auf ihrer Seite können Sie sie ansehen und bezahlen.",
            "{0} vous a envoyé une facture. Vous pouvez la consulter, et la payer, sur sa page.",
        ],
    }
}
