//! WeCom (企业微信): a robot in a group, or an app that writes to members.

use super::{Entry, Kind, Out, Sent, Setup, Shape, Tools, robot, spoken};
use crate::account::Account;
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use zhike_contract::Channel;
use zhike_kernel::{Result, Stamp};
use zhike_store::Ctx;

pub(crate) struct WeCom;

const ENTRIES: &[Entry] = &[
    Entry::new("send", "mode", Shape::Choice(robot::MODES)).usual("group"),
    Entry::new("send", "key", Shape::Secret),
    Entry::new("send", "corp", Shape::Line),
    Entry::new("send", "agent", Shape::Line),
    Entry::new("send", "app_secret", Shape::Secret),
    Entry::new("send", "server", Shape::Line)
        .required()
        .usual("https://qyapi.weixin.qq.com"),
];

fn judged(json: &Json, id: &str) -> Sent {
    let (code, words) = robot::code(json, "errcode", "errmsg");
    match code {
        0 => match robot::told(json, "/invaliduser") {
            Some(who) => Sent::Never(format!("invaliduser {who}")),
            None => Sent::Gone(robot::told(json, "/msgid").unwrap_or_else(|| id.to_owned())),
        },
        45_009 | 45_033 | -1 => Sent::Later(words),
        40_001 | 40_013 | 40_014 | 40_056 | 42_001 | 60_020 | 93_000 => Sent::Sick("refused", words),
        _ => Sent::Never(words),
    }
}

impl WeCom {
    async fn app(tools: &Tools, account: &Account, out: &Out, now: Stamp) -> Result<Json, Sent> {
        let setup = &account.setup;
        let key = robot::token_key(account, &["corp", "app_secret", "server"]);
        let fetch = async {
            let asked = [("corpid", setup.get("corp")), ("corpsecret", setup.get("app_secret"))];
            let url = robot::url(setup, "/cgi-bin/gettoken", &asked);
            let reply = tools.outward.get(&url, &[]).await.map_err(|e| super::before(&e))?;
            let json = spoken(&reply)?;
            let (_, words) = robot::code(&json, "errcode", "errmsg");
            robot::token(&json, "/access_token", "/expires_in", words)
        };
        let token = tools.tokens.get(&key, now, fetch).await?;
        let url = robot::url(setup, "/cgi-bin/message/send", &[("access_token", &token)]);
        // The server itself sends the same words to the same person only once within half an hour.
        let body = json!({"touser": robot::person(&out.to), "msgtype": "text", "agentid": setup.get("agent").parse::<i64>().unwrap_or(0),
            "text": {"content": out.text}, "enable_duplicate_check": 1, "duplicate_check_interval": 1_800});
        let json = super::post(tools, &url, &[], &body).await?;
        if matches!(json["errcode"].as_i64(), Some(40_014 | 42_001)) {
            tools.tokens.drop(&key).await;
        }
        Ok(json)
    }
}

#[async_trait]
impl Kind for WeCom {
    fn word(&self) -> &'static str {
        "wecom"
    }
    fn channel(&self) -> Channel {
        Channel::Chat
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, account: &Account, address: &str) -> bool {
        robot::fits("wecom", account, address)
    }
    fn fit(&self, setup: &Setup) -> Result<()> {
        match robot::grouped(setup) {
            true => robot::need(setup, &["key"]),
            false => robot::need(setup, &["corp", "agent", "app_secret"]),
        }
    }
    async fn send(&self, _ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent {
        let told = if robot::grouped(&account.setup) {
            let url = robot::url(
                &account.setup,
                "/cgi-bin/webhook/send",
                &[("key", account.setup.get("key"))],
            );
            let body = json!({"msgtype": "text", "text": {"content": out.text}});
            super::post(tools, &url, &[], &body).await
        } else {
            WeCom::app(tools, account, out, out.now).await
        };
        match told {
            Ok(json) => judged(&json, &out.id),
            Err(sent) => sent,
        }
    }
}
