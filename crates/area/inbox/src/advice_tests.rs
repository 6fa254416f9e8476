//! What is read out of records, and what is to be entered.

use super::*;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|t| (*t).to_owned()).collect()
}

#[test]
fn who_may_send_is_read_and_what_to_enter_is_told() {
    let of = |t: &[&str]| spf("house.test", "mail.host.test", &texts(t));
    let none = of(&["google-site-verification=x", "v=spf10 no"]);
    assert_eq!(
        (none.stand, none.enter.as_str()),
        (Stand::Missing, "v=spf1 mx a:mail.host.test ~all")
    );
    assert_eq!(of(&["v=spf1 include:x.test -all"]).stand, Stand::Good);
    assert_eq!(of(&["V=SPF1 redirect=x.test"]).stand, Stand::Good);
    let open = of(&["v=spf1 mx"]);
    assert_eq!((open.why, open.enter.as_str()), ("spf-open", "v=spf1 mx ~all"));
    let everybody = of(&["v=spf1 mx +all"]);
    assert_eq!(
        (everybody.why, everybody.enter.as_str()),
        ("spf-everybody", "v=spf1 mx ~all")
    );
    let two = of(&["v=spf1 mx -all", "v=spf1 include:x.test mx ~all"]);
    assert_eq!(
        (two.why, two.enter.as_str()),
        ("spf-several", "v=spf1 mx include:x.test ~all")
    );
    assert_eq!(spf("h.test", "127.0.0.1", &[]).enter, "v=spf1 mx ~all");
    assert_eq!(
        spf("h.test", "198.51.100.7", &[]).enter,
        "v=spf1 mx ip4:198.51.100.7 ~all"
    );
}

#[test]
fn keys_and_policies_are_read() {
    let key = |t: &[&str]| dkim("house.test", &[("a".into(), vec![]), ("b".into(), texts(t))]);
    let good = key(&["v=DKIM1; k=rsa; p=MIIB"]);
    assert_eq!(
        (good.stand, good.name.as_str()),
        (Stand::Good, "b._domainkey.house.test")
    );
    assert_eq!(key(&["v=DKIM1; p="]).why, "dkim-revoked");
    let missing = key(&[]);
    assert_eq!(
        (missing.stand, missing.name.as_str()),
        (Stand::Missing, "a._domainkey.house.test")
    );
    let of = |t: &[&str]| dmarc("house.test", &texts(t));
    assert_eq!(of(&["v=DMARC1; p=reject"]).stand, Stand::Good);
    assert_eq!(of(&["v=DMARC1;p=none"]).why, "dmarc-none");
    assert_eq!(of(&["v=DMARC1; rua=mailto:x@y"]).why, "dmarc-broken");
    assert_eq!(of(&[]).enter, "v=DMARC1; p=none; rua=mailto:postmaster@house.test");
    assert_eq!(of(&["v=DMARC1; p=none", "v=DMARC1; p=reject"]).why, "dmarc-several");
}
