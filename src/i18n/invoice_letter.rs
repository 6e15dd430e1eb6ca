//! Letters about an invoice: it is there, it will be due, it was due.

super::messages! {
    /// Words of the letters. Of the blanks, `{0}` is the number and `{1}` the company or the day in subjects; elsewhere
    /// `{0}` is the company.
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
        before_subject: [
            "Invoice {0} is due on {1}",
            "Faktura {0} förfaller den {1}",
            "Rechnung {0} ist am {1} fällig",
            "La facture {0} arrive à échéance le {1}",
        ],
        before_intro: [
            "A reminder from {0}: this invoice will soon be due. If you have already arranged its payment, there is nothing to do.",
            "En påminnelse från {0}: den här fakturan förfaller snart. Om du redan har ordnat betalningen behöver du inte göra något.",
            "Eine Erinnerung von {0}: Diese Rechnung wird bald fällig. Wenn Sie die Zahlung schon veranlasst haben, ist nichts zu tun.",
            "Un rappel de {0} : cette facture arrive bientôt à échéance. Si vous avez déjà prévu son paiement, il n'y a rien à faire.",
        ],
        today_subject: [
            "Invoice {0} is due today",
            "Faktura {0} förfaller i dag",
            "Rechnung {0} ist heute fällig",
            "La facture {0} arrive à échéance aujourd'hui",
        ],
        today_intro: [
            "A reminder from {0}: this invoice is due today.",
            "En påminnelse från {0}: den här fakturan förfaller i dag.",
            "Eine Erinnerung von {0}: Diese Rechnung ist heute fällig.",
            "Un rappel de {0} : cette facture arrive à échéance aujourd'hui.",
        ],
        after_subject: [
            "Invoice {0} was due on {1}",
            "Faktura {0} förföll den {1}",
            "Rechnung {0} war am {1} fällig",
            "La facture {0} était à payer avant le {1}",
        ],
        after_intro: [
            "{0} has not received your payment of this invoice yet. If it is on its way, please disregard this letter.",
            "{0} har ännu inte fått din betalning av den här fakturan. Om den är på väg kan du bortse från det här brevet.",
            "{0} hat Ihre Zahlung dieser Rechnung noch nicht erhalten. Wenn sie unterwegs ist, betrachten Sie dieses Schreiben bitte als gegenstandslos.",
            "{0} n'a pas encore reçu votre paiement de cette facture. S'il est en route, ne tenez pas compte de cette lettre.",
        ],
    }
}
