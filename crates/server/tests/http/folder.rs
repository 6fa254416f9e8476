//! Folders in which other systems put files.

use std::path::Path;
use zhike_server::Config;
use zhike_store::{Query, binds};
use zhike_testkit::TestApp;

const GOOD: &str = "key,customer,day,amount\nP-1,K-1,2026-06-01,100.00\nP-2,K-1,2026-06-02,50.00\n";
const BAD: &str =
    "key,customer,day,amount\nP-3,K-1,2026-06-03,12.00\nP-4,nobody,2026-06-03,5.00\nP-5,K-1,2026-06-03,=1+1\n";

const MAPPING: &str = r#"{"name": "erp", "step": [{"file": "data.csv", "into": "payment", "key": "external_key", "columns": {
    "external_key": "key", "party_id": {"column": "customer", "ref": "external_key"}, "received_on": "day", "amount": "amount"}}]}"#;

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = std::fs::read_dir(folder)
        .map(|d| {
            d.map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    all.retain(|n| n != "done" && n != "failed");
    all.sort();
    all
}

#[tokio::test]
async fn whole_files_are_brought_in_once_and_moved() {
    let place = std::env::temp_dir().join(format!(
        "zhike-drop-{}-{}",
        std::process::id(),
        zhike_web::seal::nonce()
    ));
    std::fs::create_dir_all(&place).unwrap();
    let folder = zhike_exchange::Folder {
        folder: place.clone(),
        into: "payment".into(),
        mapping: "erp".into(),
    };
    let app = TestApp::boot_with(|c: &mut Config| c.drop = vec![folder]).await;
    app.make("party", &[("name", "Acme".into()), ("external_key", "K-1".into())])
        .await;
    let look = async || {
        app.advance_seconds(11);
        app.run_jobs().await;
    };
    let count = async || {
        let sql = "SELECT count(*) FROM billing_payment WHERE archived_at IS NULL";
        app.ctx().db().number(sql, binds![]).await.unwrap()
    };
    // Without the mapping it fails, and the page says why.
    std::fs::write(place.join("early.csv"), GOOD).unwrap();
    look().await;
    look().await;
    look().await;
    let failed = names(&place.join("failed"));
    assert!(
        failed.contains(&"early.csv".to_owned()) && failed.iter().any(|n| n.ends_with("early.csv.errors.csv")),
        "{failed:?}"
    );
    let admin = app.login("admin").await;
    assert!(
        admin
            .get("/imports/1")
            .await
            .expect(200)
            .body
            .contains("No mapping “erp” is saved")
    );
    let tx = app.ctx().begin().await.unwrap();
    tx.exec(
        "INSERT INTO exchange_mapping (name, record_type, body, created_at) VALUES ('erp','payment',$1,$2)",
        binds![MAPPING, tx.at.0],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    // A file that grows is left until it does not; partial names are left alone.
    std::fs::write(place.join("a.csv"), "key,customer,day,amount\n").unwrap();
    std::fs::write(place.join("b.csv.part"), GOOD).unwrap();
    look().await;
    std::fs::write(place.join("a.csv"), GOOD).unwrap();
    look().await;
    assert_eq!(count().await, 0);
    look().await;
    look().await;
    assert_eq!(
        (count().await, names(&place), names(&place.join("done"))),
        (2, vec!["b.csv.part".to_owned()], vec!["a.csv".to_owned()])
    );
    // The same contents under another name: recognised.
    std::fs::write(place.join("c.csv"), GOOD).unwrap();
    for _ in 0..3 {
        look().await;
    }
    assert_eq!(
        (count().await, names(&place.join("done"))),
        (2, vec!["a.csv".to_owned(), "c.csv".to_owned()])
    );
    // Rows that are refused: the file goes to failed, with a list beside it in which nothing is a formula.
    std::fs::write(place.join("d.csv"), BAD).unwrap();
    for _ in 0..4 {
        look().await;
    }
    assert_eq!(count().await, 3);
    let failed = names(&place.join("failed"));
    let list = failed
        .iter()
        .find(|n| n.ends_with("-d.csv.errors.csv"))
        .unwrap_or_else(|| panic!("{failed:?}"));
    let text = std::fs::read_to_string(place.join("failed").join(list)).unwrap();
    assert!(text.contains("nobody") && !text.contains(",=1"), "{text}");
    let page = admin.get("/imports/folders").await.expect(200);
    for seen in ["a.csv", "Same contents as before", "Failed, see the list"] {
        assert!(page.body.contains(seen), "{seen}: {}", page.body);
    }
    assert!(admin.get("/imports").await.expect(200).body.contains("d.csv"));
    let api = admin.get("/api/v1/imports/folders").await.expect(200).json();
    assert_eq!(api["folders"][0]["files"][0]["state"], "failed", "{api}");
    // Mended and put in again under the same name.
    std::fs::write(
        place.join("d.csv"),
        BAD.replace("nobody", "K-1").replace("=1+1", "3.00"),
    )
    .unwrap();
    for _ in 0..4 {
        look().await;
    }
    assert_eq!(count().await, 5);
    app.stop().await;
    std::fs::remove_dir_all(&place).unwrap();
}
