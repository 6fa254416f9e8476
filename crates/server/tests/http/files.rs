//! Files on records: what is taken, how it is handed out, who sees it.

use serde_json::json;
use zhike_testkit::TestApp;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01";

async fn product(app: &TestApp) -> i64 {
    app.make("product", &[("sku", "A-1".into()), ("name", "Valve".into())])
        .await
}

#[tokio::test]
async fn a_picture_is_kept_once_shown_everywhere_and_taken_away() {
    let app = TestApp::boot().await;
    let id = product(&app).await;
    let admin = app.login("admin").await;
    let to = format!("/attachments/product/{id}");
    for name in ["阀门 1.png", "again.html"] {
        let reply = admin.upload(&to, ("file", name, PNG.to_vec()), &[]).await.expect(303);
        assert_eq!(reply.location(), format!("/products/{id}/files"));
    }
    let api = app.token(app.user("second", "administrator").await, false).await;
    let list = api
        .get(&format!("/api/v1/attachments/product/{id}"))
        .await
        .expect(200)
        .json();
    let both = list["data"].as_array().unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(both[0]["sha256"], both[1]["sha256"]);
    assert_eq!(
        (&both[0]["name"], &both[1]["media"]),
        (&json!("阀门 1.png"), &json!("image/png"))
    );
    let folder = app.app.house.data.join("files");
    let kept = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(kept, 1, "one folder with one file");
    // Shown in the list, at the head of the record and in its tab.
    let picture = format!("/files/{}", both[0]["id"]);
    for page in [
        "/products".to_owned(),
        format!("/products/{id}"),
        format!("/products/{id}/files"),
    ] {
        let page = admin.get(&page).await.expect(200);
        assert!(page.body.contains(&format!("src=\"{picture}\"")), "{}", page.body);
    }
    let zh = app
        .login_zh("admin")
        .await
        .get(&format!("/products/{id}/files"))
        .await
        .expect(200);
    assert!(zh.body.contains("图片、视频和文件"), "{}", zh.body);
    let shown = admin.get(&picture).await.expect(200);
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert_eq!(
        shown.header("content-security-policy"),
        Some("default-src 'none'; sandbox")
    );
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    assert!(
        shown
            .header("content-disposition")
            .unwrap()
            .starts_with("inline; filename*=UTF-8''%E9%98%80")
    );
    // The second becomes the first; then both go.
    admin
        .post(&format!("/files/{}/first", both[1]["id"]), &[])
        .await
        .expect(303);
    let page = admin.get("/products").await.expect(200);
    assert!(
        page.body.contains(&format!("/files/{}", both[1]["id"])),
        "{}",
        page.body
    );
    for one in both {
        admin
            .post(&format!("/files/{}/remove", one["id"]), &[])
            .await
            .expect(303);
        admin.get(&format!("/files/{}", one["id"])).await.expect(404);
    }
    let history = admin.get(&format!("/products/{id}/history")).await.expect(200);
    assert!(history.body.contains("File added to Valve"), "{}", history.body);
    app.stop().await;
}

#[tokio::test]
async fn what_could_run_is_not_taken_and_documents_are_downloads() {
    let app = TestApp::boot().await;
    let id = product(&app).await;
    let admin = app.login("admin").await;
    let to = format!("/attachments/product/{id}");
    for (name, bytes) in [
        ("x.html", &b"<script>alert(1)</script>"[..]),
        ("x.svg", b"<svg onload='alert(1)'/>"),
        ("x.png", b"<html>not a picture</html>"),
        ("x", b"no ending at all......"),
    ] {
        let reply = admin.upload(&to, ("file", name, bytes.to_vec()), &[]).await.expect(422);
        assert!(reply.body.contains("not kept"), "{name}: {}", reply.body);
    }
    let part = std::fs::read_dir(app.app.house.data.join("files")).unwrap().count();
    assert_eq!(part, 0, "nothing of it stays");
    admin
        .upload(
            &to,
            ("file", "../../etc/notes.txt", b"<script>1</script>".to_vec()),
            &[],
        )
        .await
        .expect(303);
    let api = app.token(app.user("second", "administrator").await, false).await;
    let path = format!("/api/v1/attachments/product/{id}");
    let list = api.get(&path).await.expect(200).json();
    assert_eq!(list["data"][0]["name"], "notes.txt");
    let file = api.get(list["data"][0]["url"].as_str().unwrap()).await.expect(200);
    assert_eq!(file.header("content-type"), Some("application/octet-stream"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment;"));
    assert_eq!(file.body, "<script>1</script>");
    let part = api
        .api(
            "GET",
            list["data"][0]["url"].as_str().unwrap(),
            None,
            &[("range", "bytes=8-8")],
        )
        .await
        .expect(206);
    assert_eq!(
        (part.body.as_str(), part.header("content-range")),
        ("1", Some("bytes 8-8/18"))
    );
    // A link is an address of the web and nothing else.
    let link = json!({"url": "https://video.example/tour", "name": "Tour"});
    let made = api.api("POST", &path, Some(&link), &[]).await.expect(201).json();
    assert_eq!(
        (&made["kind"], &made["url"]),
        (&json!("link"), &json!("https://video.example/tour"))
    );
    let bad = json!({"url": "javascript:alert(1)"});
    api.api("POST", &path, Some(&bad), &[]).await.expect(422);
    app.stop().await;
}

#[tokio::test]
async fn files_are_for_those_who_see_the_record() {
    let app = TestApp::boot().await;
    let hidden = app.make("party", &[("name", "Hidden".into())]).await;
    let id = product(&app).await;
    let admin = app.login("admin").await;
    let to = format!("/attachments/party/{hidden}");
    admin
        .upload(&to, ("file", "a.png", PNG.to_vec()), &[])
        .await
        .expect(303);
    app.user("sally", "salesperson").await;
    let sally = app.login("sally").await;
    sally.get("/files/1").await.expect(404);
    sally
        .get(&format!("/api/v1/attachments/party/{hidden}"))
        .await
        .expect(404);
    sally
        .upload(&to, ("file", "a.png", PNG.to_vec()), &[])
        .await
        .expect(404);
    // Products are in everybody's sight, but not everybody's to change.
    let to = format!("/attachments/product/{id}");
    sally
        .upload(&to, ("file", "a.png", PNG.to_vec()), &[])
        .await
        .expect(403);
    app.anonymous().get("/files/1").await.expect(303);
    app.stop().await;
}

#[tokio::test]
async fn documents_of_quotes_and_contracts_are_kept_taken_away_and_brought_back() {
    let app = TestApp::boot().await;
    let rep_id = app.user("rep", "salesperson").await;
    app.user("other", "salesperson").await;
    let party = app
        .make("party", &[("name", "Acme".into()), ("owner_id", rep_id.into())])
        .await;
    let rep = app.login("rep").await;
    let other = app.login("other").await;
    let api = app.token(rep_id, false).await;
    for ty in ["quote", "contract"] {
        let values = [
            ("party_id", party.into()),
            ("owner_id", rep_id.into()),
            ("name", "Frame".into()),
            ("starts_on", "2026-01-01".into()),
        ];
        let declared = app.app.house.registry.get(ty).unwrap().clone();
        let values: Vec<_> = values
            .into_iter()
            .filter(|(n, _)| declared.field(n).is_some())
            .collect();
        let id = app.make(ty, &values).await;
        let to = format!("/attachments/{ty}/{id}");
        let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".to_vec();
        rep.upload(&to, ("file", "signed.pdf", pdf.clone()), &[]).await;
        let tab = format!("{}/files", declared.url(id));
        assert!(rep.get(&tab).await.expect(200).body.contains("signed.pdf"), "{ty}");
        let listed = api
            .api("GET", &format!("/api/v1{to}"), None, &[])
            .await
            .expect(200)
            .json();
        let file = listed["data"][0]["id"].as_i64().unwrap();
        // Whoever does not see the record sees none of its documents.
        other.get(&tab).await.expect(404);
        other.get(&format!("/files/{file}")).await.expect(404);
        rep.get(&format!("/files/{file}")).await.expect(200);
        other.post(&format!("/files/{file}/remove"), &[]).await.expect(404);
        rep.post(&format!("/files/{file}/remove"), &[]).await.expect(303);
        assert!(!rep.get(&tab).await.expect(200).body.contains("signed.pdf"));
        other.post(&format!("/files/{file}/restore"), &[]).await.expect(404);
        rep.post(&format!("/files/{file}/restore"), &[]).await.expect(303);
        rep.post(&format!("/files/{file}/restore"), &[]).await.expect(404);
        assert!(rep.get(&tab).await.expect(200).body.contains("signed.pdf"));
    }
    app.stop().await;
}
