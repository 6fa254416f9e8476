//! Fax by a gateway that takes mail: the text becomes a page as PDF, which goes to an address made of the number. What became
//! of it, the gateway tells by mail (see `fax_report`).

use super::{Entry, Kind, Out, Sent, Setup, Shape, Tools, template::spread};
use crate::account::{self, Account};
use async_trait::async_trait;
use zhike_contract::{Channel, Mailed, ToGateway};
use zhike_kernel::{Error, Result};
use zhike_paper::{Letter, Letterhead, Letters};
use zhike_store::{Ctx, setting};

pub(crate) struct Fax;

const ENTRIES: &[Entry] = &[
    Entry::new("send", "address", Shape::Line).required(),
    Entry::new("send", "mailbox", Shape::Line).required(),
    Entry::new("send", "country", Shape::Line).usual("86"),
    Entry::new(
        "send",
        "number",
        Shape::Choice(&["digits", "e164", "national", "as-is"]),
    )
    .usual("digits"),
    Entry::new("send", "subject", Shape::Line).usual("{subject} [{id}]"),
    Entry::new("send", "text", Shape::Long),
    Entry::new("report", "report_from", Shape::Line),
    Entry::new("report", "arrived_is", Shape::Line).usual("success,delivered,成功,已送达"),
    Entry::new("report", "failed_is", Shape::Line)
        .usual("fail,error,busy,no answer,undeliver,not delivered,unsuccess,失败,忙,无应答,未送达"),
];

/// An address of mail, more or less: the mail server judges in the end.
fn mail(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Where the reports come from: what is set, else the gateway's domain.
pub(crate) fn reporter(setup: &Setup) -> String {
    match setup.get("report_from") {
        "" => setup.get("address").rsplit_once('@').map_or("", |a| a.1).to_lowercase(),
        set => set.trim_start_matches('@').to_lowercase(),
    }
}

/// Does a letter come from there? A whole address, or any of a domain and those below it.
pub(crate) fn from(reporter: &str, address: &str) -> bool {
    let address = address.trim().to_lowercase();
    if reporter.is_empty() {
        return false;
    }
    if reporter.contains('@') {
        return address == reporter;
    }
    let domain = address.rsplit_once('@').map_or("", |a| a.1);
    domain == reporter || domain.ends_with(&format!(".{reporter}"))
}

/// What a report says: bad news stand before good ones, since “not delivered” holds “delivered”. None: nobody can tell.
pub(crate) fn judged(setup: &Setup, words: &str) -> Option<bool> {
    let words = words.to_lowercase();
    let says = |name: &str| {
        let list = setup.get(name).to_lowercase();
        list.split(',')
            .map(str::trim)
            .any(|w| !w.is_empty() && words.contains(w))
    };
    if says("failed_is") {
        return Some(false);
    }
    says("arrived_is").then_some(true)
}

async fn page(ctx: &Ctx, out: &Out, number: &str) -> Result<Vec<u8>> {
    let kept = setting::get(ctx.db(), "letterhead").await?;
    let head: Letterhead = kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
    let zh = crate::words::chinese(&out.text);
    let day = out.now.date(&ctx.house.zone).to_string();
    let words = if zh {
        ["传真", "日期", "第 ", " 页，共 ", " 页"]
    } else {
        ["Fax", "Date", "Page ", " of ", ""]
    };
    let letter = Letter {
        zh,
        to: [out.name.clone(), number.to_owned()]
            .into_iter()
            .filter(|l| !l.is_empty())
            .collect(),
        facts: vec![(words[0].into(), number.to_owned()), (words[1].into(), day)],
        subject: out.subject.clone(),
        text: out.text.clone(),
        page: [words[2].into(), words[3].into(), words[4].into()],
        ..Letter::default()
    };
    let mail = Letters {
        head,
        number: out.id.clone(),
        letters: vec![letter],
    };
    zhike_web::blocking(move || zhike_paper::letters(&mail)).await?
}

#[async_trait]
impl Kind for Fax {
    fn word(&self) -> &'static str {
        "fax"
    }
    fn channel(&self) -> Channel {
        Channel::Fax
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, _account: &Account, address: &str) -> bool {
        account::key(Channel::Fax, address).len() >= 5
    }
    fn fit(&self, setup: &Setup) -> Result<()> {
        let pattern = setup.get("address");
        if pattern.matches("{number}").count() != 1 || !mail(&pattern.replace("{number}", "1")) {
            return Err(Error::field("address", "error-channel-fax-address"));
        }
        if !mail(setup.get("mailbox")) {
            return Err(Error::field("mailbox", "error-channel-fax-mailbox"));
        }
        Ok(())
    }

    async fn send(&self, ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent {
        let setup = &account.setup;
        if !zhike_paper::available() {
            return Sent::Sick("paper", String::new());
        }
        let number = spread(&out.to, setup.get("country"), setup.get("number"));
        let number: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        if number.len() < 3 {
            return Sent::Never("no number".into());
        }
        let bytes = match page(ctx, out, &number).await {
            Ok(bytes) => bytes,
            Err(e) => return Sent::Sick("paper", e.to_string()),
        };
        let filled = |name: &str| {
            setup
                .get(name)
                .replace("{subject}", &out.subject)
                .replace("{id}", &out.id)
                .replace("{number}", &number)
        };
        let letter = ToGateway {
            mailbox: setup.get("mailbox").to_owned(),
            to: filled("address"),
            subject: filled("subject"),
            text: filled("text"),
            message: out.message,
            parts: vec![(format!("{}.pdf", out.id), "application/pdf".to_owned(), bytes)],
        };
        match tools.mailer.hand(ctx, &letter).await {
            Ok(Mailed::Gone(id)) => Sent::Gone(id),
            Ok(Mailed::Later(words)) => Sent::Later(words),
            Ok(Mailed::Never(words)) => Sent::Never(words),
            Ok(Mailed::Unsure(words)) => Sent::Unsure(words),
            Ok(Mailed::Sick(words)) => Sent::Sick("mailbox", words),
            Err(e) => Sent::Sick("mailbox", e.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn setup(pairs: &[(&str, &str)]) -> Setup {
        let set: BTreeMap<String, String> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Setup::new(&Fax, set)
    }

    #[test]
    fn bad_news_stand_before_good_ones() {
        let s = setup(&[]);
        assert_eq!(judged(&s, "Your fax was delivered successfully"), Some(true));
        assert_eq!(judged(&s, "Fax NOT delivered: busy"), Some(false));
        assert_eq!(judged(&s, "传真发送失败"), Some(false));
        assert_eq!(judged(&s, "We have a new price list"), None);
    }

    #[test]
    fn a_report_comes_from_the_gateway_and_from_nobody_else() {
        let s = setup(&[("address", "{number}@fax.example"), ("mailbox", "a@b.cn")]);
        assert!(Fax.check(&s).is_ok());
        let r = reporter(&s);
        assert!(from(&r, "Report@FAX.example") && from(&r, "x@mx.fax.example"));
        assert!(!from(&r, "x@evilfax.example") && !from(&r, "fax.example@evil.org") && !from("", "a@"));
        for bad in ["fax@example.com", "{number}{number}@x.y", "{number}", "{number}@x y.z"] {
            assert!(
                Fax.check(&setup(&[("address", bad), ("mailbox", "a@b.cn")])).is_err(),
                "{bad}"
            );
        }
    }
}
