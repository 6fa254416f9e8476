//! DingTalk (钉钉): a robot in a group with a signed address, or an app that writes work notices to members and hears them.

use super::{Entry, Heard, Item, Kind, Out, Post, Sent, Setup, Shape, Tools, robot, spoken, unproven};
use crate::account::Account;
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use zhike_contract::Channel;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::Ctx;
use zhike_web::seal;

pub(crate) struct DingTalk;

/// The provider's clock and ours may differ by an hour, as its documents say.
const APART: u64 = 3_600_000;

const ENTRIES: &[Entry] = &[
    Entry::new("send", "mode", Shape::Choice(robot::MODES)).usual("group"),
    Entry::new("send", "token", Shape::Secret),
    Entry::new("send", "sign_secret", Shape::Secret),
    Entry::new("send", "app_key", Shape::Line),
    Entry::new("send", "agent", Shape::Line),
    Entry::new("send", "app_secret", Shape::Secret),
    Entry::new("send", "server", Shape::Line)
        .required()
        .usual("https://oapi.dingtalk.com"),
];

/// The sign of a moment: HMAC-SHA256 of the moment and the secret, under the secret.
fn sign(secret: &str, millis: &str) -> String {
    robot::sign(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes())
}

fn judged(json: &Json, id: &str) -> Sent {
    let (code, words) = robot::code(json, "errcode", "errmsg");
    match code {
        0 => Sent::Gone(robot::told(json, "/task_id").unwrap_or_else(|| id.to_owned())),
        -1 | 130_101 | 660_026 | 90_018 => Sent::Later(words),
        310_000 | 300_005 | 40_014 | 40_089 | 42_001 | 88 => Sent::Sick("refused", words),
        _ => Sent::Never(words),
    }
}

impl DingTalk {
    async fn group(tools: &Tools, account: &Account, out: &Out) -> Result<Json, Sent> {
        let setup = &account.setup;
        let millis = (out.now.0 / 1_000).to_string();
        let mut query = vec![("access_token", setup.get("token"))];
        let signed = sign(setup.get("sign_secret"), &millis);
        if !setup.get("sign_secret").is_empty() {
            query.extend([("timestamp", millis.as_str()), ("sign", signed.as_str())]);
        }
        let body = json!({"msgtype": "text", "text": {"content": out.text}});
        super::post(tools, &robot::url(setup, "/robot/send", &query), &[], &body).await
    }

    async fn app(tools: &Tools, account: &Account, out: &Out, now: Stamp) -> Result<Json, Sent> {
        let setup = &account.setup;
        let key = robot::token_key(account, &["app_key", "app_secret", "server"]);
        let fetch = async {
            let asked = [("appkey", setup.get("app_key")), ("appsecret", setup.get("app_secret"))];
            let url = robot::url(setup, "/gettoken", &asked);
            let reply = tools.outward.get(&url, &[]).await.map_err(|e| super::before(&e))?;
            let json = spoken(&reply)?;
            let (_, words) = robot::code(&json, "errcode", "errmsg");
            robot::token(&json, "/access_token", "/expires_in", words)
        };
        let token = tools.tokens.get(&key, now, fetch).await?;
        let path = "/topapi/message/corpconversation/asyncsend_v2";
        let url = robot::url(setup, path, &[("access_token", &token)]);
        let body = json!({"agent_id": setup.get("agent").parse::<i64>().unwrap_or(0), "userid_list": robot::person(&out.to),
            "msg": {"msgtype": "text", "text": {"content": out.text}}});
        let json = super::post(tools, &url, &[], &body).await?;
        if matches!(json["errcode"].as_i64(), Some(40_014 | 42_001 | 88)) {
            tools.tokens.drop(&key).await;
        }
        Ok(json)
    }
}

#[async_trait]
impl Kind for DingTalk {
    fn word(&self) -> &'static str {
        "dingtalk"
    }
    fn channel(&self) -> Channel {
        Channel::Chat
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, account: &Account, address: &str) -> bool {
        robot::fits("dingtalk", account, address)
    }
    fn hears(&self) -> bool {
        true
    }
    fn fit(&self, setup: &Setup) -> Result<()> {
        match robot::grouped(setup) {
            true => robot::need(setup, &["token"]),
            false => robot::need(setup, &["app_key", "agent", "app_secret"]),
        }
    }
    async fn send(&self, _ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent {
        let told = match robot::grouped(&account.setup) {
            true => DingTalk::group(tools, account, out).await,
            false => DingTalk::app(tools, account, out, out.now).await,
        };
        match told {
            Ok(json) => judged(&json, &out.id),
            Err(sent) => sent,
        }
    }

    /// A member writes to the robot of our app.
    fn hear(&self, account: &Account, post: &Post<'_>) -> Result<Heard> {
        let secret = account.setup.get("app_secret");
        let millis = post.header("timestamp").trim();
        let at: i64 = millis.parse().map_err(|_| unproven("error-channel-time"))?;
        if (post.now.0 / 1_000).abs_diff(at) > APART {
            return Err(unproven("error-channel-time"));
        }
        let right = sign(secret, millis);
        if secret.is_empty() || !seal::same(right.as_bytes(), post.header("sign").trim().as_bytes()) {
            return Err(unproven("error-channel-proof"));
        }
        let json: Json = serde_json::from_slice(post.body).map_err(|_| Error::invalid("error-channel-body"))?;
        let word = |place: &str| robot::told(&json, place).unwrap_or_default();
        let mut items = vec![];
        let from = robot::told(&json, "/senderStaffId");
        if let (Some(from), Some(text)) = (from, robot::told(&json, "/text/content")) {
            items.push(Item::Said {
                from: format!("dingtalk:{from}"),
                name: word("/senderNick"),
                text: text.trim().chars().take(10_000).collect(),
                id: word("/msgId"),
            });
        }
        Ok(Heard { items, answer: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_documented() {
        // Reckoned apart from this program by the documented algorithm.
        let seen = sign("SECxyz", "1700000000000");
        assert_eq!(seen, "0PUR1j8g85Xg3vlFV/UrEcxXfF5HpCAGzcjrNfyJoyg=");
    }
}
