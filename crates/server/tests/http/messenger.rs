//! Providers of text messages and messengers, as far as the tests need them: each speaks what its documents say, checks
//! keys, tokens and signatures by itself, and remembers what it was sent.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use zhike_web::{Fields, seal};

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub query: Fields,
    pub headers: HeaderMap,
    pub text: String,
}

impl Call {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    /// What the next calls are answered instead: status and body.
    next: Vec<(u16, String)>,
    tokens: usize,
}

/// All of them under one address.
#[derive(Clone)]
pub struct Messenger {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

/// What robots sign with.
pub const SECRET: &str = "SEC-of-the-robot";
/// Secret of every app.
pub const APP: &str = "app-secret-12345";

impl Messenger {
    pub async fn open() -> Messenger {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new().fallback(answer).with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Messenger { url, inner }
    }
    /// What came to a path.
    pub fn at(&self, path: &str) -> Vec<Call> {
        let calls = self.inner.lock().unwrap().calls.clone();
        calls.into_iter().filter(|c| c.path.starts_with(path)).collect()
    }
    /// The next call is answered so.
    pub fn next(&self, status: u16, body: &str) {
        self.inner.lock().unwrap().next.push((status, body.to_owned()));
    }
    /// Tokens given before are not taken any more.
    pub fn forget_tokens(&self) {
        self.inner.lock().unwrap().tokens += 1;
    }
}

/// HMAC-SHA256 in base64.
pub fn sign(key: &str, text: &str) -> String {
    BASE64.encode(seal::mac(key.as_bytes(), &[text.as_bytes()]))
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let call = Call {
        path: uri.path().to_owned(),
        query: Fields::parse(uri.query().unwrap_or("")),
        headers,
        text: String::from_utf8_lossy(&body).into_owned(),
    };
    let mut inner = inner.lock().unwrap();
    inner.calls.push(call.clone());
    if !inner.next.is_empty() {
        let (status, body) = inner.next.remove(0);
        return (StatusCode::from_u16(status).unwrap(), body);
    }
    let (status, json) = speak(&inner, &call);
    (StatusCode::from_u16(status).unwrap(), json.to_string())
}

fn speak(inner: &Inner, call: &Call) -> (u16, Json) {
    let q = |name: &str| call.query.get(name).unwrap_or("").to_owned();
    let body: Json = serde_json::from_str(&call.text).unwrap_or_default();
    let token = format!("token-{}", inner.tokens);
    match call.path.as_str() {
        "/sms" => {
            if call.header("authorization") != "Bearer key-of-the-provider" {
                return (401, json!({"error": "wrong key"}));
            }
            let n = inner.calls.iter().filter(|c| c.path == "/sms").count();
            (200, json!({"code": 0, "data": {"id": format!("p-{n}")}}))
        }
        // WeCom: errcode 93000 is an unknown robot, 40001 a wrong secret, 40014 a token that is none.
        "/cgi-bin/webhook/send" => match q("key") == "robot-key" && body["msgtype"] == "text" {
            true => (200, json!({"errcode": 0, "errmsg": "ok"})),
            false => (200, json!({"errcode": 93000, "errmsg": "invalid webhook url"})),
        },
        "/cgi-bin/gettoken" => match q("corpid") == "corp" && q("corpsecret") == APP {
            true => (
                200,
                json!({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}),
            ),
            false => (200, json!({"errcode": 40001, "errmsg": "invalid credential"})),
        },
        "/cgi-bin/message/send" => match q("access_token") == token {
            true if body["touser"] == "nobody" => (
                200,
                json!({"errcode": 0, "errmsg": "ok", "invaliduser": "nobody", "msgid": "w"}),
            ),
            true => (200, json!({"errcode": 0, "errmsg": "ok", "msgid": "wecom-1"})),
            false => (200, json!({"errcode": 40014, "errmsg": "invalid access_token"})),
        },
        // DingTalk: the sign is base64(HMAC-SHA256(secret, timestamp + "\n" + secret)).
        "/robot/send" => {
            let right = sign(SECRET, &format!("{}\n{SECRET}", q("timestamp")));
            match q("access_token") == "ding-robot" && q("sign") == right {
                true => (200, json!({"errcode": 0, "errmsg": "ok"})),
                false => (200, json!({"errcode": 310000, "errmsg": "sign not match"})),
            }
        }
        "/gettoken" => match q("appkey") == "ding" && q("appsecret") == APP {
            true => (200, json!({"errcode": 0, "access_token": token, "expires_in": 7200})),
            false => (200, json!({"errcode": 40089, "errmsg": "invalid appsecret"})),
        },
        "/topapi/message/corpconversation/asyncsend_v2" => match q("access_token") == token {
            true => (200, json!({"errcode": 0, "task_id": 256271667526_i64})),
            false => (200, json!({"errcode": 88, "errmsg": "token"})),
        },
        // Feishu: the sign is base64(HMAC-SHA256(timestamp + "\n" + secret, "")).
        "/open-apis/bot/v2/hook/feishu-robot" => {
            let key = format!("{}\n{SECRET}", body["timestamp"].as_str().unwrap_or(""));
            match body["sign"] == sign(&key, "") && body["msg_type"] == "text" {
                true => (200, json!({"code": 0, "msg": "success"})),
                false => (200, json!({"code": 19021, "msg": "sign match fail"})),
            }
        }
        "/open-apis/auth/v3/tenant_access_token/internal" => {
            match body["app_id"] == "cli_1" && body["app_secret"] == APP {
                true => (200, json!({"code": 0, "tenant_access_token": token, "expire": 7200})),
                false => (200, json!({"code": 10014, "msg": "app secret invalid"})),
            }
        }
        "/open-apis/im/v1/messages" => match call.header("authorization") == format!("Bearer {token}") {
            true => (
                200,
                json!({"code": 0, "msg": "success", "data": {"message_id": "om_1"}}),
            ),
            false => (
                400,
                json!({"code": 99991663, "msg": "Invalid access token for authorization"}),
            ),
        },
        _ => (404, json!({"error": "nothing here"})),
    }
}
