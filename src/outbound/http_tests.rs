//! What may be called and what may not, by how far calls go and by what a resolver says at which moment.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// What may be called, by how far calls go: public, this machine, private networks.
#[test]
fn addresses_by_reach() {
    for (text, public, loopback, private) in [
        ("https://example.com/hook", true, true, true),
        ("https://example.com:8443/hook", true, true, true),
        ("https://example.com:8080/hook", false, true, true),
        ("http://example.com/hook", false, true, true),
        ("ftp://example.com/hook", false, false, false),
        ("https://user@example.com/", false, false, false),
        ("https://user:word@example.com/", false, false, false),
        ("https://example.com/#top", false, false, false),
        ("example.com", false, false, false),
        ("", false, false, false),
        ("https://8.8.8.8/", true, true, true),
        ("https://127.0.0.1/", false, true, true),
        ("https://127.1/", false, true, true),
        ("https://2130706433/", false, true, true),
        ("https://0x7f000001/", false, true, true),
        ("https://0177.0.0.1/", false, true, true),
        ("https://[::1]/", false, true, true),
        ("https://10.0.0.1/", false, false, true),
        ("https://172.16.0.1/", false, false, true),
        ("https://172.32.0.1/", true, true, true),
        ("https://192.168.1.1/", false, false, true),
        ("https://[fd00::1]/", false, false, true),
        ("https://[fd00:ec2::254]/", false, false, false),
        ("https://169.254.169.254/", false, false, false),
        ("https://100.64.0.1/", false, false, false),
        ("https://0.0.0.0/", false, false, false),
        ("https://224.0.0.1/", false, false, false),
        ("https://255.255.255.255/", false, false, false),
        ("https://192.0.2.1/", false, false, false),
        ("https://198.18.0.1/", false, false, false),
        ("https://[::]/", false, false, false),
        ("https://[::ffff:10.0.0.1]/", false, false, false),
        ("https://[::ffff:127.0.0.1]/", false, false, false),
        ("https://[::ffff:8.8.8.8]/", false, false, false),
        ("https://[64:ff9b::a00:1]/", false, false, false),
        ("https://[2002:a00:1::]/", false, false, false),
        ("https://[2001::1]/", false, false, false),
        ("https://[2001:db8::1]/", false, false, false),
        ("https://[fe80::1]/", false, false, false),
        ("https://[ff02::1]/", false, false, false),
        ("https://[2606:4700::1111]/", true, true, true),
    ] {
        let may = |reach| address::parse(text, reach).is_ok();
        assert_eq!(may(Reach::Public), public, "{text}, public");
        assert_eq!(may(Reach::Loopback), loopback, "{text}, loopback");
        assert_eq!(may(Reach::Private), private, "{text}, private");
    }
    let long = format!("https://example.com/{}", "a".repeat(address::URL_MAX_BYTES));
    assert!(address::parse(&long, Reach::Private).is_err());
}

/// A resolver that says something else each time.
fn says(answers: &'static [&'static str]) -> Lookup {
    let asked = Arc::new(AtomicUsize::new(0));
    Arc::new(move |_| {
        let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        Box::pin(async move { Ok(answers[at].split(' ').map(|ip| ip.parse().expect("an address")).collect()) })
    })
}

fn outbound(reach: Reach, answers: &'static [&'static str]) -> Outbound {
    Outbound::with_lookup(
        Settings { reach, connect_timeout_ms: 500, total_timeout_ms: 1_000, ..Settings::default() },
        says(answers),
    )
}

#[tokio::test]
async fn a_name_is_looked_at_where_it_is_entered() {
    for (reach, answers, accepted) in [
        (Reach::Public, &["8.8.8.8"], true),
        (Reach::Public, &["10.0.0.1"], false),
        (Reach::Public, &["8.8.8.8 169.254.169.254"], false),
        (Reach::Loopback, &["127.0.0.1"], true),
        (Reach::Private, &["10.0.0.1"], true),
    ] {
        let checked = outbound(reach, answers).check("https://shop.example/hook").await;
        assert_eq!(checked.is_ok(), accepted, "{reach:?} {answers:?} {checked:?}");
    }
}

#[tokio::test]
async fn a_name_nobody_knows_is_refused_in_earnest() {
    let nobody: Lookup = Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    for (reach, accepted) in [(Reach::Public, false), (Reach::Loopback, true)] {
        let outbound = Outbound::with_lookup(Settings { reach, ..Settings::default() }, Arc::clone(&nobody));
        assert_eq!(outbound.check("https://shop.example/hook").await.is_ok(), accepted);
    }
}

/// The name says public where it is entered and private when it is called: nothing arrives.
#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://shop.example:{}/hook", listener.local_addr().expect("bound").port());
    for (answers, expected) in
        [(&["8.8.8.8", "10.0.0.1"], "leads to 10.0.0.1"), (&["8.8.8.8", "169.254.169.254"], "leads to 169.254.169.254")]
    {
        let outbound = outbound(Reach::Loopback, answers);
        outbound.check(&url).await.expect("it looks public");
        let answered = outbound.post(&url, &[], Vec::new()).await;
        assert!(answered.problem.contains(expected), "{answered:?}");
        assert_eq!(answered.status, None);
    }
    // In earnest this machine is as far away as any other private address.
    let outbound = Outbound::with_lookup(Settings::default(), says(&["127.0.0.1"]));
    let answered = outbound.post("https://shop.example/hook", &[], Vec::new()).await;
    assert!(answered.problem.contains("leads to 127.0.0.1"), "{answered:?}");
    let arrived = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(arrived.is_err(), "somebody connected");
}

/// We are not called ourselves, by whatever name or address: neither where it is entered nor when it is called.
#[tokio::test]
async fn we_do_not_call_ourselves() {
    let settings = Settings { public_url: "https://billing.example".to_owned(), ..Settings::default() };
    let lookup: Lookup = Arc::new(|name| {
        let ip = if name == "shop.example" { "8.8.8.8" } else { "8.8.4.4" };
        Box::pin(async move { Ok(vec![ip.parse().expect("an address")]) })
    });
    let outbound = Outbound::with_lookup(settings, lookup);
    for url in ["https://billing.example/hook", "https://alias.example/hook", "https://8.8.4.4/", "https://134743044/"]
    {
        let refused = outbound.check(url).await.expect_err(url);
        assert_eq!(refused.0, "leads to this server itself", "{url}");
        let answered = outbound.post(url, &[], Vec::new()).await;
        assert!(answered.problem.contains("leads to this server itself"), "{url} {answered:?}");
    }
    outbound.check("https://shop.example/hook").await.expect("another server");
}
