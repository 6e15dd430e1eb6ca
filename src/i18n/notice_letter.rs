//! Letters that something is about to end: a card, a trial.

super::messages! {
    /// Words of the letters.
    NoticeLetter {
        // {0} is a card such as "Visa •••• 4242"
        card_subject: [
            "Your card {0} is about to expire",
            "Ditt kort {0} går snart ut",
            "Ihre Karte {0} läuft bald ab",
            "Votre carte {0} arrive à expiration",
        ],
        // {0} is the company
        card_intro: [
            "The card that {0} charges for you expires soon. Enter a new one, so that your payments go on without a break.",
            "Kortet som {0} drar dina betalningar från går snart ut. Lägg in ett nytt, så att betalningarna fortsätter utan avbrott.",
            "Die Karte, die {0} für Sie belastet, läuft bald ab. Hinterlegen Sie eine neue, damit Ihre Zahlungen ohne Unterbrechung weiterlaufen.",
            "La carte que {0} débite pour vous expire bientôt. Enregistrez-en une nouvelle pour que vos paiements continuent sans interruption.",
        ],
        valid_through: ["Valid through", "Giltigt till och med", "Gültig bis", "Valable jusqu'au"],
        new_card: ["Enter a new card", "Lägg in ett nytt kort", "Neue Karte hinterlegen", "Enregistrer une carte"],
        // {0} is the company, {1} a day
        trial_subject: [
            "Your trial at {0} ends on {1}",
            "Din provperiod hos {0} slutar den {1}",
            "Ihre Testphase bei {0} endet am {1}",
            "Votre essai chez {0} se termine le {1}",
        ],
        // {0} is the company
        trial_intro: [
            "Your trial at {0} is about to end. If you do nothing, it goes on as a subscription, and this is charged on its first day.",
            "Din provperiod hos {0} är snart slut. Om du inte gör något fortsätter den som en prenumeration, och det här dras den första dagen.",
            "Ihre Testphase bei {0} geht bald zu Ende. Wenn Sie nichts tun, läuft sie als Abonnement weiter, und dies wird am ersten Tag abgebucht.",
            "Votre essai chez {0} touche à sa fin. Si vous ne faites rien, il se poursuit en abonnement, et voici ce qui sera prélevé le premier jour.",
        ],
        first_charge: ["First charge", "Första debitering", "Erste Abbuchung", "Premier prélèvement"],
    }
}
