//! The letter with a link that opens the customer's portal.

super::messages! {
    /// Words of the letter; `{0}` is the company's name.
    LoginLetter {
        subject: [
            "Your link to {0}",
            "Din länk till {0}",
            "Ihr Link zu {0}",
            "Votre lien vers {0}",
        ],
        intro: [
            "This link opens your pages at {0}: balances, subscriptions, payment methods, invoices and receipts.",
            "Länken öppnar dina sidor hos {0}: saldon, prenumerationer, betalsätt, fakturor och kvitton.",
            "Dieser Link öffnet Ihre Seiten bei {0}: Guthaben, Abonnements, Zahlungsarten, Rechnungen und Belege.",
            "Ce lien ouvre vos pages chez {0} : soldes, abonnements, moyens de paiement, factures et reçus.",
        ],
        account: ["Account", "Konto", "Konto", "Compte"],
        button: ["Open my pages", "Öppna mina sidor", "Meine Seiten öffnen", "Ouvrir mes pages"],
        life: [
            "It is good once, for three days. Do not pass it on: whoever has it can act for you.",
            "Den gäller en gång, i tre dagar. Skicka den inte vidare: den som har den kan handla i ditt namn.",
            "Er gilt einmal, drei Tage lang. Geben Sie ihn nicht weiter: Wer ihn hat, kann für Sie handeln.",
            "Il est valable une fois, pendant trois jours. Ne le transmettez pas : qui l'a peut agir pour vous.",
        ],
        not_you: [
            "If you did not ask for it, there is nothing to do.",
            "Om du inte har bett om den behöver du inte göra något.",
            "Wenn Sie ihn nicht angefordert haben, ist nichts zu tun.",
            "Si vous ne l'avez pas demandé, il n'y a rien à faire.",
        ],
    }
}
