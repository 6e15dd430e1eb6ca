//! The letters about getting in: the link that opens the customer's pages, and that its address changed.

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

/// The second letter.
pub use address_letter::AddressLetter;

mod address_letter {
    crate::i18n::messages! {
        /// Words to the address that was a customer's until now; `{0}` is the company's name.
        AddressLetter {
            subject: [
                "Your e-mail address at {0} was changed",
                "Din e-postadress hos {0} har ändrats",
                "Ihre E-Mail-Adresse bei {0} wurde geändert",
                "Votre adresse e-mail chez {0} a été modifiée",
            ],
            text: [
                "From now on, {0} writes to another address. Other sessions were ended.",
                "Från och med nu skriver {0} till en annan adress. Andra sessioner har avslutats.",
                "Von nun an schreibt {0} an eine andere Adresse. Andere Sitzungen wurden beendet.",
                "Désormais, {0} écrit à une autre adresse. Les autres sessions ont été fermées.",
            ],
            not_you: [
                "If it was not you, contact us at once.",
                "Kontakta oss genast om det inte var du.",
                "Wenn Sie das nicht waren, melden Sie sich sofort bei uns.",
                "Si ce n'était pas vous, contactez-nous immédiatement.",
            ],
        }
    }
}
