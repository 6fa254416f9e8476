//! What the name service should say about a domain from which we send (SPF, DKIM, DMARC), what it says, and what to enter. Without
//! it other servers take our letters for somebody else's.

use crate::mailbox::{self, Mailbox};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use std::net::SocketAddr;
use zhike_kernel::{Error, Result};
use zhike_mail::Names;
use zhike_store::{Query, Record, read};
use zhike_web::{
    Answer, Visit,
    answer::{html as page_html, json as answer},
    ui,
};

/// Under these names providers usually keep the key with which they sign.
const USUAL: [&str; 8] = ["default", "mail", "dkim", "s1", "selector1", "google", "k1", "zhike"];

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// As it should be.
    Good,
    /// It is there, but could be better, or does harm.
    Weak,
    /// Nothing is there.
    Missing,
    /// The name service could not be asked.
    Unknown,
}

impl Stand {
    /// One word for the page and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Stand::Good => "good",
            Stand::Weak => "weak",
            Stand::Missing => "missing",
            Stand::Unknown => "unknown",
        }
    }
}

/// One record of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `spf`, `dkim` or `dmarc`.
    pub kind: &'static str,
    /// How it stands.
    pub stand: Stand,
    /// What is to be said about it: `mail-dns-{why}` words it.
    pub why: &'static str,
    /// What is there now, or the machine's words why nobody could be asked.
    pub found: String,
    /// Name of the record to enter.
    pub name: String,
    /// Its text; empty when nothing is to be entered.
    pub enter: String,
}

fn starts(text: &str, with: &str) -> bool {
    text.trim()
        .get(..with.len())
        .is_some_and(|t| t.eq_ignore_ascii_case(with))
}

/// The record that lets this server send for the domain.
fn spf_text(server: &str) -> String {
    let own = server.parse::<std::net::IpAddr>();
    let public = match &own {
        Ok(ip) => !(ip.is_loopback() || ip.is_unspecified()),
        Err(_) => server.contains('.') && server != "localhost",
    };
    match (public, own) {
        (true, Ok(std::net::IpAddr::V4(ip))) => format!("v=spf1 mx ip4:{ip} ~all"),
        (true, Ok(std::net::IpAddr::V6(ip))) => format!("v=spf1 mx ip6:{ip} ~all"),
        (true, Err(_)) => format!("v=spf1 mx a:{server} ~all"),
        (false, _) => "v=spf1 mx ~all".to_owned(),
    }
}

/// Who may send for the domain.
pub(crate) fn spf(domain: &str, server: &str, texts: &[String]) -> Line {
    let ours: Vec<&String> = texts
        .iter()
        .filter(|t| starts(t, "v=spf1 ") || t.trim().eq_ignore_ascii_case("v=spf1"))
        .collect();
    let line = |stand, why, enter: String| Line {
        kind: "spf",
        stand,
        why,
        found: ours.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(" | "),
        name: domain.to_owned(),
        enter,
    };
    match ours.as_slice() {
        [] => line(Stand::Missing, "spf-missing", spf_text(server)),
        [one] => {
            let all = one
                .split_whitespace()
                .map(str::to_lowercase)
                .find(|t| t.ends_with("all"));
            match all.as_deref() {
                // Everybody may send in our name.
                Some("+all" | "all") => {
                    let kept: Vec<&str> = one
                        .split_whitespace()
                        .filter(|t| !t.to_lowercase().ends_with("all"))
                        .collect();
                    line(Stand::Weak, "spf-everybody", format!("{} ~all", kept.join(" ")))
                }
                None if !one.to_lowercase().contains("redirect=") => {
                    line(Stand::Weak, "spf-open", format!("{} ~all", one.trim()))
                }
                _ => line(Stand::Good, "spf-good", String::new()),
            }
        }
        // Two of them count as none (RFC 7208 §4.5).
        _ => {
            let mut parts: Vec<&str> = vec![];
            for part in ours.iter().flat_map(|t| t.split_whitespace()) {
                let skip = part.eq_ignore_ascii_case("v=spf1") || part.to_lowercase().ends_with("all");
                if !skip && !parts.contains(&part) {
                    parts.push(part);
                }
            }
            line(Stand::Weak, "spf-several", format!("v=spf1 {} ~all", parts.join(" ")))
        }
    }
}

/// The key with which letters are signed, under one of these names.
pub(crate) fn dkim(domain: &str, asked: &[(String, Vec<String>)]) -> Line {
    let key = |t: &&String| starts(t, "v=DKIM1") || t.contains("p=");
    let found = asked
        .iter()
        .find_map(|(selector, texts)| texts.iter().find(key).map(|t| (selector, t)));
    let first = asked.first().map_or("mail", |a| a.0.as_str());
    let line = |selector: &str, stand, why, found: &str, enter: &str| Line {
        kind: "dkim",
        stand,
        why,
        found: found.to_owned(),
        name: format!("{selector}._domainkey.{domain}"),
        enter: enter.to_owned(),
    };
    let enter = "v=DKIM1; k=rsa; p=";
    match found {
        None => line(first, Stand::Missing, "dkim-missing", "", enter),
        Some((selector, text)) => {
            let gone = text
                .split(';')
                .map(str::trim)
                .any(|p| p.strip_prefix("p=").is_some_and(|k| k.trim().is_empty()));
            match gone {
                // An empty key takes all signatures back.
                true => line(selector, Stand::Weak, "dkim-revoked", text, enter),
                false => line(selector, Stand::Good, "dkim-good", text, ""),
            }
        }
    }
}

/// What others do with letters that prove nothing.
pub(crate) fn dmarc(domain: &str, texts: &[String]) -> Line {
    let ours: Vec<&String> = texts.iter().filter(|t| starts(t, "v=DMARC1")).collect();
    let line = |stand, why, enter: String| Line {
        kind: "dmarc",
        stand,
        why,
        found: ours.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(" | "),
        name: format!("_dmarc.{domain}"),
        enter,
    };
    let usual = format!("v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}");
    match ours.as_slice() {
        [] => line(
            Stand::Missing,
            "dmarc-missing",
            format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}"),
        ),
        [one] => {
            let policy = one
                .split(';')
                .map(str::trim)
                .find_map(|p| p.to_lowercase().strip_prefix("p=").map(|v| v.trim().to_owned()));
            match policy.as_deref() {
                Some("reject" | "quarantine") => line(Stand::Good, "dmarc-good", String::new()),
                Some("none") => line(Stand::Weak, "dmarc-none", usual),
                _ => line(Stand::Weak, "dmarc-broken", usual),
            }
        }
        _ => line(Stand::Weak, "dmarc-several", usual),
    }
}

/// Nobody could be asked: what to enter all the same.
fn unasked(mut line: Line, words: &str) -> Line {
    line.stand = Stand::Unknown;
    line.why = "unknown";
    line.found = words.to_owned();
    line
}

/// Looks all three up for a mailbox.
pub(crate) async fn look(names: Names, domain: &str, server: &str, selector: &str) -> Vec<Line> {
    let selectors: Vec<&str> = match selector {
        "" => USUAL.to_vec(),
        one => vec![one],
    };
    let keys = selectors.iter().map(|s| async move {
        let texts = names.texts(&format!("{s}._domainkey.{domain}")).await;
        ((*s).to_owned(), texts)
    });
    let policy = format!("_dmarc.{domain}");
    let (own, policy, keys) = futures::join!(
        names.texts(domain),
        names.texts(&policy),
        futures::future::join_all(keys)
    );
    let mut asked = vec![];
    let mut failed = None;
    for (selector, texts) in keys {
        match texts {
            Ok(texts) => asked.push((selector, texts)),
            Err(e) => failed = Some(e.to_string()),
        }
    }
    vec![
        match own {
            Ok(texts) => spf(domain, server, &texts),
            Err(e) => unasked(spf(domain, server, &[]), &e.to_string()),
        },
        match failed {
            Some(words) if asked.iter().all(|a| a.1.is_empty()) => {
                unasked(dkim(domain, &[(selector_or(selector).to_owned(), vec![])]), &words)
            }
            _ => dkim(domain, &asked),
        },
        match policy {
            Ok(texts) => dmarc(domain, &texts),
            Err(e) => unasked(dmarc(domain, &[]), &e.to_string()),
        },
    ]
}

fn selector_or(selector: &str) -> &str {
    if selector.is_empty() { "mail" } else { selector }
}

/// The domain from which a mailbox sends, and the server by which; none if it sends nothing.
fn sends(m: &Mailbox) -> Option<(String, String)> {
    let server = m.account.as_ref()?.host.clone();
    let domain = m.address.rsplit_once('@')?.1.to_lowercase();
    Some((domain, server))
}

/// A domain, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Its records.
    pub lines: Vec<Line>,
}

/// Every domain from which the house sends, once: for `zhike doctor`.
///
/// # Errors
/// The mailboxes cannot be read.
pub async fn domains(q: &dyn Query, server: Option<SocketAddr>) -> Result<Vec<Domain>> {
    let sql = "SELECT address, smtp_host, COALESCE(dkim_selector, '') FROM inbox_mailbox WHERE active AND archived_at IS NULL \
               AND COALESCE(smtp_host, '') <> '' ORDER BY id";
    let mut out: Vec<Domain> = vec![];
    for r in q.all(sql, vec![]).await? {
        let address = r.text(0)?.to_lowercase();
        let Some((_, domain)) = address.rsplit_once('@') else {
            continue;
        };
        if out.iter().any(|d| d.name == domain) {
            continue;
        }
        let lines = look(Names(server), domain, &r.text(1)?, &r.text(2)?).await;
        out.push(Domain {
            name: domain.to_owned(),
            lines,
        });
    }
    Ok(out)
}

async fn of(visit: &Visit, names: Names, id: i64) -> Result<Option<Domain>> {
    let ty = visit.registry().get("mailbox")?.clone();
    let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let m = mailbox::of(&visit.ctx, visit.db(), &record).await?;
    let Some((domain, host)) = sends(&m) else {
        return Ok(None);
    };
    let lines = look(names, &domain, &host, &m.selector).await;
    Ok(Some(Domain { name: domain, lines }))
}

pub(crate) const TELLS: &str = r#"{"type":"object","properties":{"domain":{"type":["string","null"]},"records":{"type":"array","items":{"type":"object","properties":{
"kind":{"enum":["spf","dkim","dmarc"]},"stand":{"enum":["good","weak","missing","unknown"]},"found":{"type":"string"},"advice":{"type":"string"},"name":{"type":"string"},"enter":{"type":"string"}}}}}}"#;

/// `GET /api/v1/mailboxes/{id}/dns`.
pub(crate) async fn api(names: Names, visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = of(&visit, names, id).await?;
    let records: Vec<_> = found
        .iter()
        .flat_map(|d| &d.lines)
        .map(|l| {
            json!({"kind": l.kind, "stand": l.stand.word(), "found": l.found, "advice": visit.loc.t(&format!("mail-dns-{}", l.why)),
                "name": l.name, "enter": l.enter})
        })
        .collect();
    answer(
        StatusCode::OK,
        &json!({"domain": found.map(|d| d.name), "records": records}),
    )
}

/// `GET /mailboxes/{id}/dns`: a piece of the mailbox's page that comes after it, because others are asked.
pub(crate) async fn piece(names: Names, visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let loc = &visit.loc;
    let Some(found) = of(&visit, names, id).await? else {
        return page_html(html! { p.sm.mut { (loc.t("mail-dns-sends-nothing")) } });
    };
    page_html(html! { div.stack {
        p.sm.mut { (loc.tv("mail-dns-of", &[("domain", found.name.clone().into())])) }
        @for l in &found.lines {
            div.stack.s {
                div.row.wrap { b { (l.kind.to_uppercase()) } (badge(&visit, l.stand)) }
                p.sm { (loc.t(&format!("mail-dns-{}", l.why))) }
                @if !l.found.is_empty() { p.xs.mono.mut style="overflow-wrap:anywhere" { (l.found) } }
                @if !l.enter.is_empty() {
                    (ui::kv(&[
                        (loc.t("mail-dns-name"), html! { span.mono style="overflow-wrap:anywhere" { (l.name) } }),
                        (loc.t("mail-dns-text"), html! { span.mono style="overflow-wrap:anywhere" { (l.enter) } (ui::icon_btn("copy", loc.t("mail-dns-copy")).small().attr("data-copy", l.enter.as_str())) }),
                    ]))
                }
            }
        }
    } })
}

fn badge(visit: &Visit, stand: Stand) -> Markup {
    let hue = match stand {
        Stand::Good => ui::Hue::Green,
        Stand::Weak => ui::Hue::Amber,
        Stand::Missing => ui::Hue::Red,
        Stand::Unknown => ui::Hue::Grey,
    };
    ui::badge(hue, &visit.loc.t(&format!("mail-dns-stand-{}", stand.word())))
}

/// The card on the page of a mailbox; what it says is fetched by itself.
pub(crate) fn card(visit: &Visit, record: &Record) -> Markup {
    let loc = &visit.loc;
    html! { (ui::card(loc.t("mail-dns")).body(html! {
        div hx-get={ "/mailboxes/" (record.id) "/dns" } hx-trigger="load" hx-swap="innerHTML" aria-live="polite" { p.sm.mut { (loc.t("mail-dns-looking")) } }
    })) }
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
