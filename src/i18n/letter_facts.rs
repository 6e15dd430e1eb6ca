//! What letters name with a label: facts, sums and buttons that several of them share.

super::messages! {
    /// Labels of letters.
    LetterFacts {
        invoice: ["Invoice", "Faktura", "Rechnung", "Facture"],
        issued: ["Issued", "Utfärdad", "Ausgestellt", "Émise le"],
        due: ["Due", "Förfaller", "Fällig", "Échéance"],
        payer: ["For", "Till", "Für", "Pour"],
        amount_due: ["Amount due", "Att betala", "Offener Betrag", "Montant dû"],
        view_and_pay: ["View and pay", "Visa och betala", "Ansehen und bezahlen", "Consulter et payer"],
    }
}
