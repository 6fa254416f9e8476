//! Servers of others, as far as the tests need them: a payment provider that speaks Stripe's protocol, a receiver of
//! webhooks. They listen on a port of their own and remember what they were sent.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::post,
};
use std::sync::{Arc, Mutex};
use zhike_web::Fields;

/// What somebody was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub headers: HeaderMap,
    pub body: String,
}

impl Sent {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }
    pub fn form(&self) -> Fields {
        Fields::parse(&self.body)
    }
}

#[derive(Default)]
struct Inner {
    sent: Vec<Sent>,
    /// Status given to what comes next; empty: 200.
    answers: Vec<u16>,
    /// Sessions by idempotency key, as the provider keeps them.
    sessions: Vec<String>,
}

/// A server of somebody else.
#[derive(Clone)]
pub struct Peer {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Peer {
    async fn listen(route: &str, handler: axum::routing::MethodRouter<Arc<Mutex<Inner>>>) -> Peer {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new().route(route, handler).with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Peer { url, inner }
    }

    /// A payment provider; the key it knows is `sk_test_right`.
    pub async fn provider() -> Peer {
        Peer::listen("/v1/checkout/sessions", post(checkout)).await
    }

    /// Takes whatever is posted to `/hook`.
    pub async fn receiver() -> Peer {
        Peer::listen("/hook", post(take)).await
    }

    /// Everything it was sent.
    pub fn sent(&self) -> Vec<Sent> {
        self.inner.lock().unwrap().sent.clone()
    }

    /// The next calls are answered so.
    pub fn answers(&self, statuses: &[u16]) {
        self.inner.lock().unwrap().answers = statuses.to_vec();
    }
}

fn note(inner: &Mutex<Inner>, headers: HeaderMap, body: &Bytes) -> (Sent, u16) {
    let sent = Sent {
        headers,
        body: String::from_utf8_lossy(body).into_owned(),
    };
    let mut inner = inner.lock().unwrap();
    inner.sent.push(sent.clone());
    let status = if inner.answers.is_empty() {
        200
    } else {
        inner.answers.remove(0)
    };
    (sent, status)
}

async fn take(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let (_, status) = note(&inner, headers, &body);
    StatusCode::from_u16(status).unwrap()
}

async fn checkout(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let (sent, status) = note(&inner, headers, &body);
    let json = |status: u16, body: serde_json::Value| (StatusCode::from_u16(status).unwrap(), axum::Json(body));
    if status != 200 {
        return json(status, serde_json::json!({"error": {"message": "so it is"}}));
    }
    if sent.header("authorization") != "Bearer sk_test_right" {
        return json(
            401,
            serde_json::json!({"error": {"message": "Invalid API Key provided"}}),
        );
    }
    let key = sent.header("idempotency-key").to_owned();
    let mut inner = inner.lock().unwrap();
    let n = match inner.sessions.iter().position(|k| *k == key) {
        Some(n) => n,
        None => {
            inner.sessions.push(key);
            inner.sessions.len() - 1
        }
    };
    json(
        200,
        serde_json::json!({"id": format!("cs_test_{n}"), "object": "checkout.session", "status": "open",
            "url": format!("http://127.0.0.1:9/c/cs_test_{n}"), "expires_at": 1_790_000_000_i64}),
    )
}
