//! A file of an old program comes in through the pages: looked at, tried, brought in, taken back.

use zhike_testkit::{TestApp, browser::Browser};

/// 名称,城市,电话 and three rows, the last without a name; as GBK writes them.
const GBK: &[u8] = b"\xc3\xfb\xb3\xc6,\xb3\xc7\xca\xd0,\xb5\xe7\xbb\xb0\r\n\xc7\xe0\xba\xcc,\xcb\xd5\xd6\xdd,13800010001\r\n\xba\xe7\xb2\xca,\xba\xbc\xd6\xdd,13800010002\r\n,\xb3\xc9\xb6\xbc,13800010003\r\n";

async fn counts(b: &Browser) -> Vec<String> {
    crate::figures::figures(b, "main")
        .await
        .into_iter()
        .map(|f| f[1].clone())
        .collect()
}

#[tokio::test]
async fn a_gbk_file_comes_in_and_goes_back() {
    let app = TestApp::boot().await;
    let file = app.data.join("老客户.csv");
    std::fs::write(&file, GBK).unwrap();
    let b = Browser::open(&app.url, 1440, 900, "zh-CN").await;
    b.sign_in("admin").await;
    b.goto("/imports").await;
    b.click("main a[href='/imports/new']").await;
    b.wait("input[type=file]")
        .await
        .send_keys(file.to_str().unwrap())
        .await
        .unwrap();
    b.click("form[data-upload] button[type=submit]").await;
    b.until("return /\\/match$/.test(location.pathname)").await;
    // The preview: read as Chinese, columns found by their names.
    let page = b.text("main").await;
    for seen in ["GB18030", "青禾", "苏州", "虹彩"] {
        assert!(page.contains(seen), "{seen} in {page}");
    }
    for (column, field) in [("col-0", "name"), ("col-1", "city"), ("col-2", "phone")] {
        assert_eq!(
            b.wait(&format!("[name={column}]"))
                .await
                .prop("value")
                .await
                .unwrap()
                .as_deref(),
            Some(field)
        );
    }
    b.wait("[name=into]").await.select_by_value("party").await.unwrap();

    // A trial saves nothing.
    b.click("button[value=try]").await;
    b.wait("#import-progress").await;
    app.run_jobs().await;
    b.wait(".kpis").await;
    assert_eq!(counts(&b).await, ["3", "2", "0", "0", "1"]);
    assert!(b.text("main").await.contains("试运行"));
    b.goto("/parties").await;
    assert!(!b.text("main").await.contains("虹彩"));

    // For good.
    b.client.back().await.unwrap();
    b.click("form[action$='resume?real=1'] button").await;
    b.wait("#import-progress [role=progressbar], #import-progress .meter")
        .await;
    app.run_jobs().await;
    b.wait(".kpis").await;
    assert_eq!(counts(&b).await, ["3", "2", "0", "0", "1"]);
    let refused = b.rows("main table").await;
    assert_eq!(
        (refused.len(), refused[1][0].as_str(), refused[1][3].as_str()),
        (2, "4", "必填"),
        "{refused:?}"
    );
    let here = b.path().await;
    b.goto("/parties").await;
    let list = b.text("main").await;
    assert!(
        list.contains("青禾") && list.contains("虹彩") && !list.contains("成都"),
        "{list}"
    );

    // And back.
    b.goto(&here).await;
    b.click("[data-open=undo]").await;
    b.click("dialog#undo button[type=submit]").await;
    b.wait("#import-progress").await;
    app.run_jobs().await;
    b.wait(".kpis").await;
    b.until("return document.querySelector('main').innerText.includes('已撤销 2 处')")
        .await;
    b.goto("/parties").await;
    assert!(!b.text("main").await.contains("青禾"));
    assert_eq!(b.console_errors().await, Vec::<String>::new());
    b.close().await;
    app.stop().await;
}
