//! The portal's page of a customer's own details.

super::messages! {
    /// Words of that page.
    PortalProfile {
        about_you: ["About you", "Om dig", "Über Sie", "À propos de vous"],
        name: ["Name", "Namn", "Name", "Nom"],
        email: ["E-mail address", "E-postadress", "E-Mail-Adresse", "Adresse e-mail"],
        email_hint: [
            "Links to these pages go there. If you change it, we tell the old address.",
            "Länkar till de här sidorna skickas dit. Om du ändrar den meddelar vi den gamla adressen.",
            "Links zu diesen Seiten gehen dorthin. Wenn Sie sie ändern, benachrichtigen wir die alte Adresse.",
            "Les liens vers ces pages y sont envoyés. Si vous la changez, nous prévenons l'ancienne adresse.",
        ],
        email_wrong: ["Type one e-mail address, such as ada@example.com", "Skriv en e-postadress, till exempel ada@example.com", "Geben Sie eine E-Mail-Adresse ein, etwa ada@example.com", "Saisissez une adresse e-mail, par exemple ada@example.com"],
        language: ["Language", "Språk", "Sprache", "Langue"],
        as_browser: ["As my browser wishes", "Som min webbläsare vill", "Wie mein Browser es wünscht", "Selon mon navigateur"],
        address: ["Address on invoices", "Adress på fakturor", "Rechnungsadresse", "Adresse de facturation"],
        first_name: ["First name", "Förnamn", "Vorname", "Prénom"],
        last_name: ["Last name", "Efternamn", "Nachname", "Nom de famille"],
        company: ["Company", "Företag", "Firma", "Société"],
        line_1: ["Address", "Adress", "Straße und Hausnummer", "Adresse"],
        line_2: ["Address, second line", "Adress, andra raden", "Adresszusatz", "Complément d'adresse"],
        postal_code: ["Postal code", "Postnummer", "Postleitzahl", "Code postal"],
        city: ["City", "Ort", "Ort", "Ville"],
        state: ["State or region", "Region", "Bundesland oder Region", "État ou région"],
        country: ["Country", "Land", "Land", "Pays"],
        choose: ["Choose…", "Välj…", "Wählen…", "Choisir…"],
        phone: ["Phone", "Telefon", "Telefon", "Téléphone"],
        part_wrong: ["This cannot be used: check it", "Detta kan inte användas: kontrollera det", "Das ist nicht verwendbar: bitte prüfen", "Ceci ne peut pas être utilisé : vérifiez"],
        needed: ["This is needed", "Detta behövs", "Das wird benötigt", "Ceci est nécessaire"],
        duplicate: ["You have this address already", "Du har redan den här adressen", "Diese Adresse haben Sie schon", "Vous avez déjà cette adresse"],
        sessions: ["Safety", "Säkerhet", "Sicherheit", "Sécurité"],
        sessions_what: [
            "If a device of yours is lost or was used by somebody else, end all sessions but this one.",
            "Om en enhet är borttappad eller har använts av någon annan, avsluta alla sessioner utom denna.",
            "Wenn ein Gerät verloren ging oder von anderen benutzt wurde, beenden Sie alle Sitzungen außer dieser.",
            "Si un appareil est perdu ou a été utilisé par quelqu'un d'autre, fermez toutes les sessions sauf celle-ci.",
        ],
    }
}
