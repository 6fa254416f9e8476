//! A browser without a screen, or a program with a token.

use reqwest::{Method, RequestBuilder, redirect::Policy};
use serde_json::Value as Json;

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    language: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// Body.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.body))
    }
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
    /// Where a redirect points.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or("")
    }
    /// The toast of an answer to htmx, decoded.
    pub fn toast(&self) -> Option<String> {
        let json: Json = serde_json::from_str(self.header("hx-trigger")?).ok()?;
        Some(json["toast"]["text"].as_str()?.to_owned())
    }
    /// Fails the test unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Client {
    /// A client that nobody is signed in on.
    pub fn new(url: &str, language: &str) -> Client {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .build()
            .unwrap();
        Client {
            http,
            url: url.to_owned(),
            language: language.to_owned(),
            token: None,
        }
    }

    /// A program with a bearer token.
    pub fn bearer(url: &str, secret: &str) -> Client {
        Client {
            token: Some(secret.to_owned()),
            ..Client::new(url, "en")
        }
    }

    /// Somebody who signs in with [`crate::PASSWORD`].
    pub async fn signed_in(url: &str, login: &str, language: &str) -> Client {
        let client = Client::new(url, language);
        let reply = client
            .post("/sign-in", &[("login", login), ("password", crate::PASSWORD)])
            .await;
        assert_eq!(reply.status, 303, "sign-in of {login}: {}", reply.body);
        client
    }

    /// The same client speaking another language.
    pub fn speaking(&self, language: &str) -> Client {
        Client {
            language: language.to_owned(),
            ..self.clone()
        }
    }

    /// The same client asking another server.
    pub fn at(&self, url: &str) -> Client {
        Client {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// Sends JSON; nothing when the server is gone.
    pub async fn try_api(&self, method: &str, path: &str, body: &Json) -> Option<Reply> {
        let request = self
            .request(method.parse().unwrap(), path)
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Reply {
            status,
            headers,
            body: response.text().await.ok()?,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut r = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header("accept-language", &self.language);
        match &self.token {
            Some(token) => r = r.bearer_auth(token),
            // As a browser says it for a form of our own page.
            None => r = r.header("origin", &self.url).header("sec-fetch-site", "same-origin"),
        }
        r
    }

    async fn send(request: RequestBuilder) -> Reply {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply {
            status,
            headers,
            body: response.text().await.expect("a body"),
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        Client::send(self.request(Method::GET, path)).await
    }
    /// `GET` as htmx does.
    pub async fn fragment(&self, path: &str) -> Reply {
        Client::send(self.request(Method::GET, path).header("hx-request", "true")).await
    }
    /// Posts a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        Client::send(self.request(Method::POST, path).form(form)).await
    }
    /// Posts a form as htmx does.
    pub async fn post_fragment(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        Client::send(self.request(Method::POST, path).header("hx-request", "true").form(form)).await
    }
    /// Posts a file with other parts of a form.
    pub async fn upload(&self, path: &str, file: (&str, &str, Vec<u8>), form: &[(&str, &str)]) -> Reply {
        self.upload_as(self.request(Method::POST, path), file, form).await
    }
    /// The same as a form that stays where it is.
    pub async fn upload_fragment(&self, path: &str, file: (&str, &str, Vec<u8>), form: &[(&str, &str)]) -> Reply {
        let request = self.request(Method::POST, path).header("hx-request", "true");
        self.upload_as(request, file, form).await
    }
    async fn upload_as(&self, request: RequestBuilder, file: (&str, &str, Vec<u8>), form: &[(&str, &str)]) -> Reply {
        let (name, filename, bytes) = file;
        let part = reqwest::multipart::Part::bytes(bytes).file_name(filename.to_owned());
        let mut body = reqwest::multipart::Form::new();
        for (k, v) in form {
            body = body.text((*k).to_owned(), (*v).to_owned());
        }
        Client::send(request.multipart(body.part(name.to_owned(), part))).await
    }
    /// Sends a text as it is, said to be JSON.
    pub async fn raw(&self, method: &str, path: &str, text: &str) -> Reply {
        let request = self.request(method.parse().unwrap(), path);
        let request = request.header("content-type", "application/json");
        Client::send(request.body(text.to_owned())).await
    }
    /// Sends JSON with headers.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Json>, headers: &[(&str, &str)]) -> Reply {
        let method: Method = method.parse().unwrap();
        let mut r = self.request(method, path);
        // These take the place of what the client would say by itself.
        let mut own = reqwest::header::HeaderMap::new();
        for (k, v) in headers {
            own.insert(reqwest::header::HeaderName::try_from(*k).unwrap(), v.parse().unwrap());
        }
        r = r.headers(own);
        if let Some(body) = body {
            r = r.header("content-type", "application/json").body(body.to_string());
        }
        Client::send(r).await
    }
}
