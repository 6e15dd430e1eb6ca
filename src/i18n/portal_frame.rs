//! What stands around every page of the customer's portal, and what it says after something was done or refused.

super::messages! {
    /// The frame: menu, foot, small words used on several pages. `{0}` is the company's name unless the line says otherwise.
    PortalFrame {
        skip: ["Skip to content", "Hoppa till innehållet", "Zum Inhalt springen", "Aller au contenu"],
        menu: ["Main menu", "Huvudmeny", "Hauptmenü", "Menu principal"],
        overview: ["Overview", "Översikt", "Übersicht", "Aperçu"],
        subscriptions: ["Subscriptions", "Prenumerationer", "Abonnements", "Abonnements"],
        methods: ["Payment methods", "Betalsätt", "Zahlungsarten", "Moyens de paiement"],
        invoices: ["Invoices", "Fakturor", "Rechnungen", "Factures"],
        receipts: ["Receipts", "Kvitton", "Belege", "Reçus"],
        profile: ["My details", "Mina uppgifter", "Meine Daten", "Mes coordonnées"],
        sign_out: ["Sign out", "Logga ut", "Abmelden", "Se déconnecter"],
        sign_out_elsewhere: [
            "Sign out everywhere else",
            "Logga ut överallt annars",
            "Überall sonst abmelden",
            "Se déconnecter partout ailleurs",
        ],
        questions: ["Questions? Contact {0}:", "Frågor? Kontakta {0}:", "Fragen? Kontakt zu {0}:", "Des questions ? Contactez {0} :"],
        optional: ["optional", "valfritt", "freiwillig", "facultatif"],
        save: ["Save", "Spara", "Speichern", "Enregistrer"],
        details: ["Details", "Detaljer", "Einzelheiten", "Détails"],
        status: ["Status", "Status", "Status", "Statut"],
        date: ["Date", "Datum", "Datum", "Date"],
        amount: ["Amount", "Belopp", "Betrag", "Montant"],
        description: ["Description", "Beskrivning", "Beschreibung", "Description"],
        older: ["Older", "Äldre", "Ältere", "Plus anciens"],
        newest: ["Newest", "Nyaste", "Neueste", "Plus récents"],
        pdf: ["PDF", "PDF", "PDF", "PDF"],
        nobody: ["Customer", "Kund", "Kunde", "Client"],
    }
}

/// What a page says after a form.
pub use answers::PortalAnswers;

mod answers {
    crate::i18n::messages! {
        /// Words about what was done, and about what could not be.
        PortalAnswers {
            card_added: ["The card is stored.", "Kortet är sparat.", "Die Karte ist gespeichert.", "La carte est enregistrée."],
            bank_added: ["The bank account is stored.", "Bankkontot är sparat.", "Das Bankkonto ist gespeichert.", "Le compte bancaire est enregistré."],
            default_changed: ["The default payment method is changed.", "Standardbetalsättet är ändrat.", "Die Standardzahlungsart ist geändert.", "Le moyen de paiement par défaut est modifié."],
            method_removed: ["The payment method is removed.", "Betalsättet är borttaget.", "Die Zahlungsart ist entfernt.", "Le moyen de paiement est supprimé."],
            paused: ["The subscription is paused: nothing is billed until you resume it.", "Prenumerationen är pausad: inget faktureras förrän du återupptar den.", "Das Abonnement ruht: Nichts wird berechnet, bis Sie es fortsetzen.", "L'abonnement est suspendu : rien n'est facturé jusqu'à sa reprise."],
            resumed: ["The subscription goes on.", "Prenumerationen fortsätter.", "Das Abonnement läuft weiter.", "L'abonnement reprend."],
            cancelled: ["The subscription is cancelled: nothing more is billed.", "Prenumerationen är uppsagd: inget mer faktureras.", "Das Abonnement ist gekündigt: Es wird nichts mehr berechnet.", "L'abonnement est résilié : plus rien n'est facturé."],
            method_changed: ["The subscription is charged to it from now on.", "Prenumerationen debiteras det från och med nu.", "Das Abonnement wird von nun an damit bezahlt.", "L'abonnement est désormais prélevé dessus."],
            profile_saved: ["Your details are saved.", "Dina uppgifter är sparade.", "Ihre Daten sind gespeichert.", "Vos coordonnées sont enregistrées."],
            address_saved: ["Your address is saved.", "Din adress är sparad.", "Ihre Adresse ist gespeichert.", "Votre adresse est enregistrée."],
            elsewhere_ended: ["Every other session was ended.", "Alla andra sessioner har avslutats.", "Alle anderen Sitzungen wurden beendet.", "Toutes les autres sessions ont été fermées."],
            topped_up: ["The balance is topped up.", "Saldot är påfyllt.", "Das Guthaben ist aufgeladen.", "Le solde est rechargé."],
            top_up_confirming: ["The payment is being confirmed. The balance grows once it is.", "Betalningen bekräftas. Saldot ökar när den är klar.", "Die Zahlung wird bestätigt. Danach wächst das Guthaben.", "Le paiement est en cours de confirmation. Le solde augmentera ensuite."],
            refill_saved: ["The automatic refill is saved.", "Den automatiska påfyllningen är sparad.", "Die automatische Aufladung ist gespeichert.", "La recharge automatique est enregistrée."],
            no_place_title: ["Page not found", "Sidan finns inte", "Seite nicht gefunden", "Page introuvable"],
            no_place: ["There is nothing of yours at this address.", "Det finns inget av ditt på den här adressen.", "Unter dieser Adresse ist nichts von Ihnen.", "Il n'y a rien à vous à cette adresse."],
            not_ours_title: ["Nothing was done", "Inget har gjorts", "Es ist nichts geschehen", "Rien n'a été fait"],
            not_ours: [
                "The form did not come from a page that this browser has open. Open the page again and repeat it there.",
                "Formuläret kom inte från en sida som den här webbläsaren har öppen. Öppna sidan igen och upprepa det där.",
                "Das Formular kam nicht von einer Seite, die dieser Browser geöffnet hat. Öffnen Sie die Seite neu und wiederholen Sie es dort.",
                "Le formulaire ne vient pas d'une page ouverte dans ce navigateur. Rouvrez la page et recommencez.",
            ],
            misfit_title: ["That did not fit", "Det stämde inte", "Das passte nicht", "Cela ne convenait pas"],
            misfit: ["Look at the form again: something in it cannot be used.", "Se över formuläret: något i det kan inte användas.", "Sehen Sie das Formular noch einmal an: Etwas darin ist nicht verwendbar.", "Vérifiez le formulaire : un élément ne peut pas être utilisé."],
            not_now_title: ["That is not possible now", "Det går inte just nu", "Das geht jetzt nicht", "Ce n'est pas possible maintenant"],
            not_now: ["It has changed since you opened the page. Look at it again.", "Det har ändrats sedan du öppnade sidan. Titta på den igen.", "Es hat sich geändert, seit Sie die Seite geöffnet haben. Sehen Sie noch einmal nach.", "Cela a changé depuis l'ouverture de la page. Vérifiez à nouveau."],
            declined_title: ["The payment was declined", "Betalningen nekades", "Die Zahlung wurde abgelehnt", "Le paiement a été refusé"],
            declined: ["Nothing was charged. Try another card, or ask your bank.", "Inget har debiterats. Prova ett annat kort eller fråga din bank.", "Es wurde nichts abgebucht. Versuchen Sie eine andere Karte oder fragen Sie Ihre Bank.", "Rien n'a été débité. Essayez une autre carte ou contactez votre banque."],
            wait_title: ["Please wait a moment", "Vänta en stund", "Bitte warten Sie einen Moment", "Veuillez patienter un instant"],
            wait: ["Too many tries came from your network. Wait a minute, then try again.", "För många försök kom från ditt nätverk. Vänta en minut och försök igen.", "Aus Ihrem Netz kamen zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann erneut.", "Trop d'essais viennent de votre réseau. Attendez une minute, puis réessayez."],
            busy_title: ["Please try again in a moment", "Försök igen om en stund", "Bitte versuchen Sie es gleich noch einmal", "Réessayez dans un instant"],
            busy: ["The service is busy. Nothing happened.", "Tjänsten är upptagen. Inget har hänt.", "Der Dienst ist ausgelastet. Es ist nichts geschehen.", "Le service est occupé. Rien ne s'est passé."],
            fault_title: ["Something went wrong on our side", "Något gick fel hos oss", "Bei uns ist etwas schiefgegangen", "Un problème est survenu chez nous"],
            fault: ["Nothing you typed is at fault. Please try again in a moment.", "Det beror inte på det du skrev. Försök igen om en stund.", "Es liegt nicht an Ihrer Eingabe. Bitte versuchen Sie es gleich noch einmal.", "Votre saisie n'est pas en cause. Réessayez dans un instant."],
            reference: ["If you contact us about this, mention", "Om du kontaktar oss om detta, nämn", "Wenn Sie uns deswegen schreiben, nennen Sie", "Si vous nous contactez à ce sujet, mentionnez"],
            back: ["Back to the overview", "Tillbaka till översikten", "Zurück zur Übersicht", "Retour à l'aperçu"],
            sign_in_again: ["Sign in", "Logga in", "Anmelden", "Se connecter"],
        }
    }
}
