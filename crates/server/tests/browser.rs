//! The house as people see it: Debian's Chromium, 1440 and 390 px wide, Chinese and English.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use zhike_testkit::{TestApp, browser::Browser};

#[tokio::test]
async fn signing_in_shows_the_customers() {
    let app = TestApp::boot().await;
    app.make("party", &[("name", "青禾乳业".into()), ("roles", "customer".into())]).await;
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/parties").await;
    assert!(b.text("main").await.contains("青禾乳业"));
    b.close().await;
    app.stop().await;
}
