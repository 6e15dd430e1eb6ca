//! Letters about a payment: it arrived, it was given back, it failed.

super::messages! {
    /// Words of the letters; `{0}` is the company's name unless said otherwise.
    PaymentLetter {
        receipt_subject: ["Receipt from {0}", "Kvitto från {0}", "Beleg von {0}", "Reçu de {0}"],
        partial: [
            "Your bank agreed to a part of the amount only; this is what was taken.",
            "Din bank godkände bara en del av beloppet; det här är vad som drogs.",
            "Ihre Bank hat nur einen Teil des Betrags genehmigt; dies ist, was abgebucht wurde.",
            "Votre banque n'a accepté qu'une partie du montant ; voici ce qui a été prélevé.",
        ],
        refund_subject: ["Refund from {0}", "Återbetalning från {0}", "Erstattung von {0}", "Remboursement de {0}"],
        refund_intro: [
            "{0} has given money back to you. It may take your bank a few days to show it.",
            "{0} har betalat tillbaka pengar till dig. Det kan ta några dagar innan de syns hos din bank.",
            "{0} hat Ihnen Geld erstattet. Bis Ihre Bank es anzeigt, können einige Tage vergehen.",
            "{0} vous a remboursé. Votre banque peut mettre quelques jours à l'afficher.",
        ],
        failed_subject: [
            "Your payment to {0} did not go through",
            "Din betalning till {0} gick inte igenom",
            "Ihre Zahlung an {0} ist fehlgeschlagen",
            "Votre paiement à {0} n'a pas abouti",
        ],
        failed_intro: [
            "We could not collect this payment. Nothing was taken.",
            "Vi kunde inte ta emot den här betalningen. Inget har dragits.",
            "Wir konnten diese Zahlung nicht einziehen. Es wurde nichts abgebucht.",
            "Nous n'avons pas pu encaisser ce paiement. Rien n'a été prélevé.",
        ],
        refill_off: [
            "Automatic top-ups are switched off until you change the payment method or switch them on again.",
            "Automatiska påfyllningar är avstängda tills du byter betalsätt eller slår på dem igen.",
            "Automatische Aufladungen sind ausgeschaltet, bis Sie die Zahlungsart ändern oder sie wieder einschalten.",
            "Les recharges automatiques sont désactivées jusqu'à ce que vous changiez de moyen de paiement ou les réactiviez.",
        ],
        units_missing: [
            "Nothing was added to your balance. Please check the payment method.",
            "Inget har lagts till ditt saldo. Kontrollera betalsättet.",
            "Ihrem Guthaben wurde nichts hinzugefügt. Bitte prüfen Sie die Zahlungsart.",
            "Rien n'a été ajouté à votre solde. Veuillez vérifier le moyen de paiement.",
        ],
        returned_intro: [
            "Your bank sent this payment back, so it is open again.",
            "Din bank skickade tillbaka den här betalningen, så den är obetald igen.",
            "Ihre Bank hat diese Zahlung zurückgegeben, sie ist damit wieder offen.",
            "Votre banque a rejeté ce paiement : il est donc de nouveau à régler.",
        ],
        // {0} is a day
        next_try: [
            "We will try again on {0}. You can also pay now, or change the payment method before then.",
            "Vi försöker igen den {0}. Du kan också betala nu, eller byta betalsätt innan dess.",
            "Wir versuchen es am {0} noch einmal. Sie können auch jetzt bezahlen oder vorher die Zahlungsart ändern.",
            "Nous réessaierons le {0}. Vous pouvez aussi payer maintenant, ou changer de moyen de paiement d'ici là.",
        ],
        last_try: [
            "We will not try again by ourselves. Please pay on the page of the invoice, or change the payment method.",
            "Vi försöker inte igen av oss själva. Betala på fakturans sida, eller byt betalsätt.",
            "Wir versuchen es von uns aus nicht noch einmal. Bitte bezahlen Sie auf der Seite der Rechnung oder ändern Sie die Zahlungsart.",
            "Nous n'essaierons plus de nous-mêmes. Veuillez payer sur la page de la facture, ou changer de moyen de paiement.",
        ],
    }
}
