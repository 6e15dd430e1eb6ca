//! The portal's page of payment methods.

super::messages! {
    /// Words of that page.
    PortalMethods {
        none: ["No payment method is stored.", "Inget betalsätt är sparat.", "Es ist keine Zahlungsart gespeichert.", "Aucun moyen de paiement enregistré."],
        is_default: ["Default", "Standard", "Standard", "Par défaut"],
        expires: ["Valid until {0}", "Giltigt till {0}", "Gültig bis {0}", "Valable jusqu'à {0}"],
        expired: ["Expired {0}", "Gick ut {0}", "Abgelaufen {0}", "Expirée {0}"],
        bank: ["Bank account", "Bankkonto", "Bankkonto", "Compte bancaire"],
        make_default: ["Make default", "Gör till standard", "Als Standard", "Définir par défaut"],
        remove: ["Remove", "Ta bort", "Entfernen", "Supprimer"],
        needed_default: [
            "To remove it, make another one the default first.",
            "För att ta bort det, gör först ett annat till standard.",
            "Um sie zu entfernen, wählen Sie zuerst einen anderen Standard.",
            "Pour le supprimer, choisissez d'abord un autre par défaut.",
        ],
        needed_subscription: [
            "A subscription is charged to it. Change that first.",
            "En prenumeration debiteras det. Ändra det först.",
            "Ein Abonnement wird damit bezahlt. Ändern Sie das zuerst.",
            "Un abonnement est prélevé dessus. Modifiez-le d'abord.",
        ],
        needed_last: [
            "A subscription is billed and there is no other one. Add another first.",
            "En prenumeration faktureras och det finns inget annat. Lägg till ett annat först.",
            "Ein Abonnement läuft und es gibt keine andere. Fügen Sie zuerst eine hinzu.",
            "Un abonnement est facturé et il n'y en a pas d'autre. Ajoutez-en d'abord un.",
        ],
        see_subscription: ["Open the subscription", "Öppna prenumerationen", "Abonnement öffnen", "Ouvrir l'abonnement"],
        add_card: ["Add a card", "Lägg till ett kort", "Karte hinzufügen", "Ajouter une carte"],
        card_number: ["Card number", "Kortnummer", "Kartennummer", "Numéro de carte"],
        card_number_wrong: [
            "Type the number as it stands on the card",
            "Skriv numret som det står på kortet",
            "Geben Sie die Nummer ein, wie sie auf der Karte steht",
            "Saisissez le numéro tel qu'il figure sur la carte",
        ],
        card_expiry: ["Expiry", "Giltig till", "Gültig bis", "Expiration"],
        card_expiry_hint: ["Month and year, such as 08 / 28", "Månad och år, till exempel 08 / 28", "Monat und Jahr, etwa 08 / 28", "Mois et année, par exemple 08 / 28"],
        card_expiry_wrong: [
            "Type month and year of a card that is still valid",
            "Skriv månad och år för ett kort som ännu gäller",
            "Geben Sie Monat und Jahr einer noch gültigen Karte ein",
            "Saisissez le mois et l'année d'une carte encore valable",
        ],
        store_card: ["Store the card", "Spara kortet", "Karte speichern", "Enregistrer la carte"],
        add_bank: ["Add a US bank account", "Lägg till ett bankkonto i USA", "US-Bankkonto hinzufügen", "Ajouter un compte bancaire américain"],
        routing: ["Routing number", "Routingnummer", "Routing-Nummer", "Numéro d'acheminement"],
        routing_wrong: ["Type its nine digits", "Skriv dess nio siffror", "Geben Sie die neun Ziffern ein", "Saisissez ses neuf chiffres"],
        account: ["Account number", "Kontonummer", "Kontonummer", "Numéro de compte"],
        account_wrong: ["Type the digits of the account number", "Skriv kontonumrets siffror", "Geben Sie die Ziffern der Kontonummer ein", "Saisissez les chiffres du numéro de compte"],
        account_type: ["Kind of account", "Kontotyp", "Kontoart", "Type de compte"],
        checking: ["Checking", "Lönekonto", "Girokonto", "Compte courant"],
        savings: ["Savings", "Sparkonto", "Sparkonto", "Compte d'épargne"],
        agree: [
            "I allow {0} to debit this account for what I owe.",
            "Jag tillåter {0} att debitera kontot för det jag är skyldig.",
            "Ich erlaube {0}, von diesem Konto abzubuchen, was ich schulde.",
            "J'autorise {0} à débiter ce compte de ce que je dois.",
        ],
        agree_wrong: ["Tick the box to allow it", "Kryssa i rutan för att tillåta det", "Setzen Sie den Haken, um es zu erlauben", "Cochez la case pour l'autoriser"],
        store_bank: ["Store the account", "Spara kontot", "Konto speichern", "Enregistrer le compte"],
        too_many: ["There are too many payment methods. Remove one first.", "Det finns för många betalsätt. Ta bort ett först.", "Es gibt zu viele Zahlungsarten. Entfernen Sie zuerst eine.", "Il y a trop de moyens de paiement. Supprimez-en un d'abord."],
    }
}
