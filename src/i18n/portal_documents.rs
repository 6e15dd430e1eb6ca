//! Invoices and receipts: the portal's pages of them, and the PDFs.

super::messages! {
    /// Words of those pages and papers.
    PortalDocuments {
        no_invoices: ["There are no invoices.", "Det finns inga fakturor.", "Es gibt keine Rechnungen.", "Il n'y a pas de factures."],
        no_receipts: ["There are no receipts.", "Det finns inga kvitton.", "Es gibt keine Belege.", "Il n'y a pas de reçus."],
        invoice: ["Invoice", "Faktura", "Rechnung", "Facture"],
        receipt: ["Receipt", "Kvitto", "Beleg", "Reçu"],
        refund: ["Refund", "Återbetalning", "Erstattung", "Remboursement"],
        date: ["Date", "Datum", "Datum", "Date"],
        number: ["Number", "Nummer", "Nummer", "Numéro"],
        issued: ["Issued", "Utfärdad", "Ausgestellt", "Émise le"],
        due: ["Due", "Förfaller", "Fällig", "Échéance"],
        open_and_pay: ["View and pay", "Visa och betala", "Ansehen und bezahlen", "Voir et payer"],
        view: ["View", "Visa", "Ansehen", "Voir"],
        from: ["From", "Från", "Von", "De"],
        bill_to: ["Bill to", "Faktureras", "Rechnung an", "Facturé à"],
        received_from: ["Received from", "Mottaget från", "Erhalten von", "Reçu de"],
        paid_to: ["Paid to", "Betalat till", "Gezahlt an", "Versé à"],
        description: ["Description", "Beskrivning", "Beschreibung", "Description"],
        amount: ["Amount", "Belopp", "Betrag", "Montant"],
        quantity: ["Quantity", "Antal", "Menge", "Quantité"],
        unit_price: ["Unit price", "À-pris", "Einzelpreis", "Prix unitaire"],
        left_out: ["left out", "utelämnad", "weggelassen", "exclue"],
        subtotal: ["Subtotal", "Delsumma", "Zwischensumme", "Sous-total"],
        discount: ["Discount", "Rabatt", "Rabatt", "Remise"],
        tax: ["Tax", "Moms", "Steuer", "Taxes"],
        shipping: ["Shipping", "Frakt", "Versand", "Livraison"],
        adjustment: ["Fee or reduction", "Avgift eller avdrag", "Gebühr oder Nachlass", "Frais ou réduction"],
        tip: ["Tip", "Dricks", "Trinkgeld", "Pourboire"],
        surcharge: ["Surcharge", "Tilläggsavgift", "Aufschlag", "Supplément"],
        service_fee: ["Service fee", "Serviceavgift", "Servicegebühr", "Frais de service"],
        total: ["Total", "Totalt", "Summe", "Total"],
        paid: ["Paid", "Betalt", "Bezahlt", "Payé"],
        left_to_pay: ["Left to pay", "Kvar att betala", "Noch zu zahlen", "Reste à payer"],
        refunded: ["Refunded", "Återbetalt", "Erstattet", "Remboursé"],
        paid_with: ["Paid with", "Betalat med", "Bezahlt mit", "Payé avec"],
        authorization: ["Authorization code", "Godkännandekod", "Autorisierungscode", "Code d'autorisation"],
        order: ["Order", "Order", "Bestellung", "Commande"],
        transaction: ["Transaction", "Transaktion", "Transaktion", "Transaction"],
        this_payment: ["This payment", "Den här betalningen", "Diese Zahlung", "Ce paiement"],
        included: ["of which {0}", "varav {0}", "davon {0}", "dont {0}"],
        page_of: ["Page {0} of {1}", "Sida {0} av {1}", "Seite {0} von {1}", "Page {0} sur {1}"],
        pay_online: ["Pay online at {0}", "Betala på {0}", "Online bezahlen: {0}", "Payez en ligne : {0}"],
        download: ["Download PDF", "Ladda ner PDF", "PDF herunterladen", "Télécharger le PDF"],
        all_receipts: ["All receipts", "Alla kvitton", "Alle Belege", "Tous les reçus"],
    }
}

/// Where an invoice or a payment stands.
pub use states::PortalStates;

mod states {
    crate::i18n::messages! {
        /// Words on pills.
        PortalStates {
            open: ["Open", "Öppen", "Offen", "En attente"],
            overdue: ["Overdue", "Förfallen", "Überfällig", "En retard"],
            paid: ["Paid", "Betald", "Bezahlt", "Payée"],
            partially_paid: ["Partly paid", "Delvis betald", "Teilweise bezahlt", "Payée en partie"],
            authorized: ["Authorized", "Godkänd", "Autorisiert", "Autorisée"],
            by_mail: ["Waiting for a check", "Väntar på en check", "Wartet auf einen Scheck", "Chèque attendu"],
            declined: ["Payment declined", "Betalning nekad", "Zahlung abgelehnt", "Paiement refusé"],
            failed: ["Payment failed", "Betalning misslyckades", "Zahlung fehlgeschlagen", "Paiement échoué"],
            rejected: ["Rejected", "Avvisad", "Abgelehnt", "Rejetée"],
            void: ["Cancelled", "Makulerad", "Storniert", "Annulée"],
            money_paid: ["Paid", "Betalt", "Bezahlt", "Payé"],
            money_back: ["Refunded", "Återbetalt", "Erstattet", "Remboursé"],
            part_back: ["Partly refunded", "Delvis återbetalt", "Teilweise erstattet", "Remboursé en partie"],
            cancelled: ["Cancelled", "Avbruten", "Storniert", "Annulé"],
            returned: ["Returned by the bank", "Returnerad av banken", "Von der Bank zurückgegeben", "Retourné par la banque"],
            confirming: ["Being confirmed", "Bekräftas", "Wird bestätigt", "En cours de confirmation"],
        }
    }
}
