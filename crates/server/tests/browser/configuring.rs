//! A product is configured with the keyboard, narrow and wide, and lands on the order.

use zhike_kernel::Value;
use zhike_testkit::{TestApp, browser::Browser};

/// A pump: one motor; the big one needs the drive.
async fn pump(app: &TestApp) -> (i64, i64) {
    let product = [
        ("sku", "PUMP".into()),
        ("name", "泵".into()),
        ("price", 100_000.into()),
        ("configurable", true.into()),
    ];
    let pump = app.make("product", &product).await;
    let group = |name: &'static str, least: i64| -> Vec<(&'static str, Value)> {
        vec![
            ("product_id", pump.into()),
            ("name", name.into()),
            ("least", least.into()),
            ("most", 1.into()),
        ]
    };
    let motor = app.make("option_group", &group("电机", 1)).await;
    let extra = app.make("option_group", &group("变频", 0)).await;
    for (g, code, name, price, preset) in [
        (motor, "SMALL", "小电机", 0, true),
        (motor, "BIG", "大电机", 50_000, false),
        (extra, "DRIVE", "变频器", 25_000, false),
    ] {
        let option = [
            ("group_id", g.into()),
            ("code", code.into()),
            ("name", name.into()),
            ("price", price.into()),
            ("preset", preset.into()),
        ];
        app.make("product_option", &option).await;
    }
    let rule = [
        ("product_id", pump.into()),
        ("kind", "requires".into()),
        ("given", "BIG".into()),
        ("others", "DRIVE".into()),
        ("message", "大电机要配变频器".into()),
    ];
    app.make("option_rule", &rule).await;
    let party = app.make("party", &[("name", "青禾".into())]).await;
    (pump, app.make("order", &[("party_id", party.into())]).await)
}

#[tokio::test]
async fn a_pump_is_configured_with_the_keyboard() {
    let app = TestApp::boot().await;
    let (pump, order) = pump(&app).await;
    for (width, quantity) in [(1440, "2"), (390, "3")] {
        let b = Browser::open(&app.url, width, 900, "zh-CN").await;
        b.sign_in("admin").await;
        b.goto(&format!("/products/{pump}/configurator?order={order}")).await;
        b.until("return document.querySelector('#conf-messages .callout.green') !== null")
            .await;
        b.assert_fits().await;
        // Down from the small motor to the big one: it needs the drive, and nothing is ordered yet.
        b.script("document.querySelector('input[value=SMALL]').focus()").await;
        b.wait("input[value=SMALL]").await.send_keys("\u{e015}").await.unwrap();
        b.until("return document.querySelector('#conf-messages')?.textContent.includes('大电机要配变频器')")
            .await;
        b.shot(&format!("configurator-{width}")).await;
        assert_eq!(
            b.script("return document.activeElement.value").await,
            "BIG",
            "the focus stays"
        );
        // On a phone the bar at the foot covers what stands behind it.
        let middle = |css: &str| format!("document.querySelector('{css}').scrollIntoView({{block: 'center'}})");
        b.script(&middle("#conf-messages button")).await;
        b.click("#conf-messages button").await;
        b.until("return document.querySelector('input[value=DRIVE]').checked")
            .await;
        b.until("return document.querySelector('#conf-price')?.textContent.includes('1,750.00')")
            .await;
        b.fill("#conf-quantity", quantity).await;
        b.wait("#conf-quantity").await.send_keys("\t").await.unwrap();
        b.until("return document.querySelector('#conf-price')?.textContent.includes('净额')")
            .await;
        b.assert_fits().await;
        b.script(&middle("#conf .btn.primary")).await;
        b.click("#conf .btn.primary").await;
        b.until("return location.pathname.endsWith('/lines') && document.body.textContent.includes('BIG DRIVE')")
            .await;
        let errors = b.console_errors().await;
        assert!(errors.is_empty(), "{errors:?}");
        b.close().await;
    }
    app.stop().await;
}
