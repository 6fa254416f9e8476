//! Feishu (飞书, Lark): a robot in a group with a signed address, or an app that writes to people and hears them.

use super::{Entry, Heard, Item, Kind, Out, Post, Sent, Setup, Shape, Tools, robot, unproven};
use crate::account::Account;
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use zhike_contract::Channel;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::Ctx;
use zhike_web::seal;

pub(crate) struct Feishu;

const ENTRIES: &[Entry] = &[
    Entry::new("send", "mode", Shape::Choice(robot::MODES)).usual("group"),
    Entry::new("send", "hook", Shape::Secret),
    Entry::new("send", "sign_secret", Shape::Secret),
    Entry::new("send", "app_id", Shape::Line),
    Entry::new("send", "app_secret", Shape::Secret),
    Entry::new("send", "id_type", Shape::Choice(&["open_id", "user_id", "union_id"])).usual("open_id"),
    Entry::new("report", "verify_token", Shape::Secret),
    Entry::new("send", "server", Shape::Line)
        .required()
        .usual("https://open.feishu.cn"),
];

/// The sign of a moment: HMAC-SHA256 of nothing, under the moment and the secret.
fn sign(secret: &str, seconds: &str) -> String {
    robot::sign(format!("{seconds}\n{secret}").as_bytes(), b"")
}

fn judged(json: &Json, id: &str) -> Sent {
    let (code, words) = robot::code(json, "code", "msg");
    match code {
        0 => Sent::Gone(robot::told(json, "/data/message_id").unwrap_or_else(|| id.to_owned())),
        9_499 | 11_232 | 99_991_400 | 230_020 => Sent::Later(words),
        19_001 | 19_021 | 19_022 | 99_991_661 | 99_991_663 | 99_991_664 | 99_991_672 => Sent::Sick("refused", words),
        _ => Sent::Never(words),
    }
}

impl Feishu {
    async fn group(tools: &Tools, account: &Account, out: &Out) -> Result<Json, Sent> {
        let setup = &account.setup;
        let mut body = json!({"msg_type": "text", "content": {"text": out.text}});
        if !setup.get("sign_secret").is_empty() {
            let seconds = (out.now.0 / 1_000_000).to_string();
            body["sign"] = sign(setup.get("sign_secret"), &seconds).into();
            body["timestamp"] = seconds.into();
        }
        let path = format!(
            "/open-apis/bot/v2/hook/{}",
            zhike_web::input::percent_encode(setup.get("hook"))
        );
        super::post(tools, &robot::url(setup, &path, &[]), &[], &body).await
    }

    async fn app(tools: &Tools, account: &Account, out: &Out, now: Stamp) -> Result<Json, Sent> {
        let setup = &account.setup;
        let key = robot::token_key(account, &["app_id", "app_secret", "server"]);
        let fetch = async {
            let url = robot::url(setup, "/open-apis/auth/v3/tenant_access_token/internal", &[]);
            let asked = json!({"app_id": setup.get("app_id"), "app_secret": setup.get("app_secret")});
            let json = super::ask(tools, &url, &asked).await?;
            let (_, words) = robot::code(&json, "code", "msg");
            robot::token(&json, "/tenant_access_token", "/expire", words)
        };
        let token = tools.tokens.get(&key, now, fetch).await?;
        let url = robot::url(
            setup,
            "/open-apis/im/v1/messages",
            &[("receive_id_type", setup.get("id_type"))],
        );
        // The server takes the same `uuid` only once within an hour.
        let body = json!({"receive_id": robot::person(&out.to), "msg_type": "text", "content": json!({"text": out.text}).to_string(),
            "uuid": out.id});
        let bearer = format!("Bearer {token}");
        let json = super::post(tools, &url, &[("authorization", &bearer)], &body).await?;
        if matches!(json["code"].as_i64(), Some(99_991_661 | 99_991_663 | 99_991_664)) {
            tools.tokens.drop(&key).await;
        }
        Ok(json)
    }
}

#[async_trait]
impl Kind for Feishu {
    fn word(&self) -> &'static str {
        "feishu"
    }
    fn channel(&self) -> Channel {
        Channel::Chat
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, account: &Account, address: &str) -> bool {
        robot::fits("feishu", account, address)
    }
    fn hears(&self) -> bool {
        true
    }
    fn fit(&self, setup: &Setup) -> Result<()> {
        match robot::grouped(setup) {
            true => robot::need(setup, &["hook"]),
            false => robot::need(setup, &["app_id", "app_secret"]),
        }
    }
    async fn send(&self, _ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent {
        let told = match robot::grouped(&account.setup) {
            true => Feishu::group(tools, account, out).await,
            false => Feishu::app(tools, account, out, out.now).await,
        };
        match told {
            Ok(json) => judged(&json, &out.id),
            Err(sent) => sent,
        }
    }

    /// Somebody writes to our app, or the platform asks whether the address is ours.
    fn hear(&self, account: &Account, post: &Post<'_>) -> Result<Heard> {
        let json: Json = serde_json::from_slice(post.body).map_err(|_| Error::invalid("error-channel-body"))?;
        if json.get("encrypt").is_some() {
            return Err(Error::invalid("error-channel-encrypted"));
        }
        let known = account.setup.get("verify_token");
        let given = robot::told(&json, "/header/token").or_else(|| robot::told(&json, "/token"));
        let given = given.unwrap_or_default();
        if known.is_empty() || !seal::same(known.as_bytes(), given.as_bytes()) {
            return Err(unproven("error-channel-proof"));
        }
        let word = |place: &str| robot::told(&json, place).unwrap_or_default();
        if word("/type") == "url_verification" {
            let answer = json!({"challenge": word("/challenge")}).to_string();
            return Ok(Heard {
                items: vec![],
                answer: Some(answer),
            });
        }
        let mut items = vec![];
        if word("/header/event_type") == "im.message.receive_v1" && word("/event/message/message_type") == "text" {
            let content: Json = serde_json::from_str(&word("/event/message/content")).unwrap_or_default();
            let id_type = account.setup.get("id_type");
            let from = robot::told(&json, &format!("/event/sender/sender_id/{id_type}"));
            if let (Some(from), Some(text)) = (from, robot::told(&content, "/text")) {
                items.push(Item::Said {
                    from: format!("feishu:{from}"),
                    name: String::new(),
                    text: text.trim().chars().take(10_000).collect(),
                    id: word("/event/message/message_id"),
                });
            }
        }
        let answer = Some("{}".to_owned());
        Ok(Heard { items, answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_documented() {
        // Reckoned apart from this program by the documented algorithm.
        assert_eq!(
            sign("secret-of-robot", "1700000000"),
            "vT4y8FU7p4BrOKwhTRjtgjVDk/+aqsW1G6hEFQtqK9s="
        );
    }
}
