//! The pages on which a customer asks for a link and opens it.

super::messages! {
    /// Words of those pages; `{0}` is the company's name unless the line says otherwise.
    SignIn {
        title: ["Sign in", "Logga in", "Anmelden", "Se connecter"],
        ask_title: ["Open your pages", "Öppna dina sidor", "Ihre Seiten öffnen", "Ouvrir vos pages"],
        ask_text: [
            "Type the e-mail address that {0} knows. We send a link there that opens your pages.",
            "Skriv den e-postadress som {0} känner till. Vi skickar en länk dit som öppnar dina sidor.",
            "Geben Sie die E-Mail-Adresse ein, die {0} kennt. Wir senden dorthin einen Link, der Ihre Seiten öffnet.",
            "Saisissez l'adresse e-mail que {0} connaît. Nous y envoyons un lien qui ouvre vos pages.",
        ],
        email: ["E-mail address", "E-postadress", "E-Mail-Adresse", "Adresse e-mail"],
        email_wrong: [
            "Type one e-mail address, such as ada@example.com",
            "Skriv en e-postadress, till exempel ada@example.com",
            "Geben Sie eine E-Mail-Adresse ein, etwa ada@example.com",
            "Saisissez une adresse e-mail, par exemple ada@example.com",
        ],
        ask_button: ["Send me a link", "Skicka en länk", "Link senden", "Envoyez-moi un lien"],
        asked_title: ["Look at your mail", "Titta i din e-post", "Sehen Sie in Ihre E-Mails", "Consultez vos e-mails"],
        asked_text: [
            "If {0} knows this address, a link is on its way there. It works once, for three days.",
            "Om {0} känner till adressen är en länk på väg dit. Den fungerar en gång, i tre dagar.",
            "Wenn {0} diese Adresse kennt, ist ein Link dorthin unterwegs. Er gilt einmal, drei Tage lang.",
            "Si {0} connaît cette adresse, un lien est en route. Il fonctionne une fois, pendant trois jours.",
        ],
        asked_code: [
            "To open it on another device, you need this code:",
            "För att öppna den på en annan enhet behöver du den här koden:",
            "Um ihn auf einem anderen Gerät zu öffnen, brauchen Sie diesen Code:",
            "Pour l'ouvrir sur un autre appareil, il vous faut ce code :",
        ],
        asked_again: ["Ask again", "Försök igen", "Noch einmal anfordern", "Redemander"],
        link_title: ["Welcome", "Välkommen", "Willkommen", "Bienvenue"],
        link_text: [
            "This link opens your pages at {0}. It works once; press the button when you are ready.",
            "Länken öppnar dina sidor hos {0}. Den fungerar en gång; tryck på knappen när du är redo.",
            "Dieser Link öffnet Ihre Seiten bei {0}. Er gilt einmal; drücken Sie den Knopf, wenn Sie bereit sind.",
            "Ce lien ouvre vos pages chez {0}. Il fonctionne une fois ; appuyez sur le bouton quand vous êtes prêt.",
        ],
        link_button: ["Open my pages", "Öppna mina sidor", "Meine Seiten öffnen", "Ouvrir mes pages"],
        code: ["Code", "Kod", "Code", "Code"],
        code_hint: [
            "The link was asked for in another browser. Type the code that stands there.",
            "Länken begärdes i en annan webbläsare. Skriv koden som står där.",
            "Der Link wurde in einem anderen Browser angefordert. Geben Sie den Code ein, der dort steht.",
            "Le lien a été demandé dans un autre navigateur. Saisissez le code qui y est affiché.",
        ],
        code_wrong: [
            "That is not the code. It stands on the page where the link was asked for.",
            "Det är inte koden. Den står på sidan där länken begärdes.",
            "Das ist nicht der Code. Er steht auf der Seite, auf der der Link angefordert wurde.",
            "Ce n'est pas le code. Il est affiché sur la page où le lien a été demandé.",
        ],
        no_link_title: [
            "This link opens nothing",
            "Länken öppnar ingenting",
            "Dieser Link öffnet nichts",
            "Ce lien n'ouvre rien",
        ],
        no_link_text: [
            "A link works once and for three days. Ask for a fresh one.",
            "En länk fungerar en gång och i tre dagar. Be om en ny.",
            "Ein Link gilt einmal und drei Tage lang. Fordern Sie einen neuen an.",
            "Un lien fonctionne une fois et pendant trois jours. Demandez-en un nouveau.",
        ],
        ended_title: ["You are signed out", "Du är utloggad", "Sie sind abgemeldet", "Vous êtes déconnecté"],
        ended_text: [
            "For your safety, a visit ends after 15 minutes without use, and after 12 hours.",
            "För din säkerhet avslutas ett besök efter 15 minuter utan användning, och efter 12 timmar.",
            "Zu Ihrer Sicherheit endet ein Besuch nach 15 Minuten ohne Nutzung und nach 12 Stunden.",
            "Pour votre sécurité, une visite se termine après 15 minutes d'inactivité, et après 12 heures.",
        ],
    }
}
