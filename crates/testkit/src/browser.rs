//! Debian's Chromium, driven through `chromedriver` (its address in `ZHIKE_WEBDRIVER`).

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// A window.
pub struct Browser {
    /// The WebDriver client.
    pub client: Client,
    url: String,
    driver: String,
}

impl Browser {
    /// Opens a window of a width (1440 or 390) in a language.
    pub async fn open(url: &str, width: u32, height: u32, language: &str) -> Browser {
        let driver =
            std::env::var("ZHIKE_WEBDRIVER").expect("ZHIKE_WEBDRIVER names the driver (cargo xtask test starts one)");
        let caps = json!({
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                    format!("--lang={language}"), format!("--window-size={width},{height}")],
                "prefs": {"intl.accept_languages": language}
            }
        });
        let serde_json::Value::Object(caps) = caps else {
            unreachable!()
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(caps)
            .connect(&driver)
            .await
            .expect("a browser");
        // A headless window has no frame, but the driver counts one: set the page's own size.
        client.set_window_size(width, height).await.unwrap();
        Browser {
            client,
            url: url.to_owned(),
            driver,
        }
    }

    /// Goes to a path, once what was sent from the page before has been answered: a form on its way would take the
    /// browser to its own page after this one.
    pub async fn goto(&self, path: &str) {
        let waiting = "return document.querySelector('form[data-busy], .htmx-request') !== null";
        for _ in 0..200 {
            // While a page is being exchanged there is nobody to ask.
            if let Ok(serde_json::Value::Bool(false)) = self.client.execute(waiting, vec![]).await {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        self.client.goto(&format!("{}{path}", self.url)).await.unwrap();
    }

    /// Signs in.
    pub async fn sign_in(&self, login: &str) {
        self.goto("/sign-in").await;
        self.fill("[name=login]", login).await;
        self.fill("[name=password]", crate::PASSWORD).await;
        self.click("button[type=submit].primary").await;
        self.client
            .wait()
            .for_element(Locator::Css(".side, .tabbar"))
            .await
            .expect("signed in");
    }

    /// Types into a field.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.wait(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys, one after the other, wherever the focus is; `\u{e009}` (control) and `\u{e008}` (shift) stay down
    /// until the next key has been pressed.
    pub async fn keys(&self, text: &str) {
        let mut all = KeyActions::new("keys".to_owned());
        let mut down = vec![];
        for key in text.chars() {
            all = all.then(KeyAction::Down { value: key });
            if matches!(key, '\u{e008}' | '\u{e009}') {
                down.push(key);
                continue;
            }
            all = all.then(KeyAction::Up { value: key });
            for value in down.drain(..) {
                all = all.then(KeyAction::Up { value });
            }
        }
        self.client.perform_actions(all).await.unwrap();
    }

    /// Clicks; what lies under the bar at the foot of a telephone is scrolled up first, as a person does.
    pub async fn click(&self, css: &str) {
        let element = self.wait(css).await;
        let js = "document.querySelector(arguments[0])?.scrollIntoView({block: 'nearest', behavior: 'instant'})";
        self.client.execute(js, vec![css.into()]).await.unwrap();
        element.click().await.unwrap_or_else(|e| panic!("click {css}: {e}"));
    }

    /// Waits for an element.
    pub async fn wait(&self, css: &str) -> fantoccini::elements::Element {
        let found = self
            .client
            .wait()
            .at_most(std::time::Duration::from_secs(20))
            .for_element(Locator::Css(css))
            .await;
        match found {
            Ok(element) => element,
            Err(e) => panic!("no {css}: {e}\n{}", self.seen().await),
        }
    }

    /// Where the browser stands and what it shows: for the words of a failure.
    async fn seen(&self) -> String {
        let js = "return location.href + '\\n' + document.body.innerText";
        let text = self.client.execute(js, vec![]).await.unwrap_or_default();
        let errors = self.console_errors().await;
        format!("{}\n{errors:?}", text.as_str().unwrap_or_default())
    }

    /// The visible text of an element.
    pub async fn text(&self, css: &str) -> String {
        self.wait(css).await.text().await.unwrap()
    }

    /// Runs a script and returns its value.
    pub async fn script(&self, js: &str) -> serde_json::Value {
        self.client.execute(js, vec![]).await.unwrap()
    }

    /// Saves a picture under a name, when `ZHIKE_SHOTS` names a folder.
    pub async fn shot(&self, name: &str) {
        if let Ok(folder) = std::env::var("ZHIKE_SHOTS") {
            std::fs::create_dir_all(&folder).unwrap();
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), png).unwrap();
        }
    }

    /// Fails when the page is wider than the window.
    pub async fn assert_fits(&self) {
        let over = self
            .script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .await;
        assert!(
            over.as_i64().unwrap_or(99) <= 0,
            "the page is {over} px too wide at {}",
            self.client.current_url().await.unwrap()
        );
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query()
            .map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path()))
    }

    /// Waits until a script answers something true.
    pub async fn until(&self, js: &str) {
        for _ in 0..200 {
            // While a page is being exchanged there is nobody to ask.
            if let Ok(answer) = self.client.execute(js, vec![]).await
                && !matches!(answer, serde_json::Value::Null | serde_json::Value::Bool(false))
            {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("never became true at {}: {js}", self.path().await);
    }

    /// The rows of a table as their visible texts, head and foot included.
    pub async fn rows(&self, css: &str) -> Vec<Vec<String>> {
        self.wait(css).await;
        let js =
            "return [...document.querySelector(arguments[0]).rows].map(r => [...r.cells].map(c => c.innerText.trim()))";
        let rows = self.client.execute(js, vec![json!(css)]).await.unwrap();
        serde_json::from_value(rows).unwrap()
    }

    /// What the page complained of in the console since this was asked last.
    pub async fn console_errors(&self) -> Vec<String> {
        let session = self.client.session_id().await.unwrap().expect("a session");
        let url = format!("{}/session/{session}/se/log", self.driver.trim_end_matches('/'));
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json");
        let text = request
            .body(json!({"type": "browser"}).to_string())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        let entries = log["value"].as_array().unwrap_or_else(|| panic!("no log: {text}"));
        let bad = entries.iter().filter(|e| e["level"] == "SEVERE");
        bad.map(|e| e["message"].as_str().unwrap_or("?").to_owned()).collect()
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.close().await.unwrap();
    }
}
