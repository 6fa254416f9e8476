//! `zhike value` as an analyst uses it: files in, figures out, held against the literature; and every command of
//! docs/value.md with what the document says it prints.

use serde_json::Value as Json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zhike");

/// A folder of its own that goes when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("zhike-value-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        for entry in std::fs::read_dir(root().join("crates/value/tests/data")).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, folder.0.join(from.file_name().unwrap())).unwrap();
        }
        folder
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

/// Runs `zhike value …` in the folder; `arguments` are split at blanks.
fn run(folder: &Folder, arguments: &str, input: &str) -> Said {
    let mut child = Command::new(PROGRAM)
        .arg("value")
        .args(arguments.split_whitespace())
        .current_dir(&folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    Said {
        code: out.status.code().unwrap(),
        out: String::from_utf8(out.stdout).unwrap(),
        err: String::from_utf8(out.stderr).unwrap(),
    }
}

#[track_caller]
pub(crate) fn good(folder: &Folder, arguments: &str) -> String {
    let said = run(folder, arguments, "");
    assert_eq!(said.code, 0, "{arguments}: {}", said.err);
    said.out
}

#[track_caller]
pub(crate) fn json(folder: &Folder, arguments: &str) -> Json {
    let text = good(folder, &format!("{arguments} --format json"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// It refuses with this code and says all of these words.
#[track_caller]
fn bad(folder: &Folder, arguments: &str, code: i32, words: &[&str]) {
    let said = run(folder, arguments, "");
    assert_eq!((said.code, said.out.as_str()), (code, ""), "{arguments}: {}", said.err);
    for word in words {
        assert!(said.err.contains(word), "{arguments}: no {word:?} in {}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[track_caller]
fn close(value: &Json, expected: f64, tolerance: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((value - expected).abs() <= tolerance, "{value} against {expected}");
}

const SUMMARY: &str =
    "summary --input cdnow_purchases.csv --customer customer --date date --amount amount --end 1997-09-30 --unit weeks";

#[test]
fn orders_become_the_histories_of_the_literature() {
    let folder = Folder::new("summary");
    let out = good(&folder, SUMMARY);
    assert!(out.starts_with("customer,x,t_x,T,m\n1,2,30.428571428571427,"), "{out}");
    let published = std::fs::read_to_string(folder.0.join("cdnow_summary.csv")).unwrap();
    let rows = |text: &str| -> Vec<Vec<f64>> {
        text.lines()
            .skip(1)
            .map(|l| l.split(',').map(|c| c.parse().unwrap_or(0.0)).collect())
            .collect()
    };
    let (ours, theirs) = (rows(&out), rows(&published));
    assert_eq!(ours.len(), 2_357);
    for (our, their) in ours.iter().zip(&theirs) {
        assert_eq!(our[..2], their[..2]);
        // The authors rounded to two places.
        assert!(
            (our[2] - their[2]).abs() <= 0.004_3 && (our[3] - their[3]).abs() <= 0.004_3,
            "{our:?} {their:?}"
        );
        assert!((our[4] - their[4]).abs() <= 0.006, "{our:?} {their:?}");
    }

    // The order of the rows does not matter, nor how they are written.
    let text = std::fs::read_to_string(folder.0.join("cdnow_purchases.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    lines.reverse();
    let other: String = lines
        .iter()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let (year, rest) = cells[1].split_at(4);
            let (month, day) = rest.split_at(2);
            format!("{};{day}/{month}/{year};{}\n", cells[0], cells[2])
        })
        .collect();
    folder.write("other.csv", format!("Kunde;Tag;Betrag\n{other}"));
    let again = good(
        &folder,
        "summary --input other.csv --customer Kunde --date Tag --amount Betrag --date-format %d/%m/%Y --end 1997-09-30 --format csv",
    );
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&again), sorted(&out));

    // Rows without a customer are refused, or left out and told.
    folder.write("some.csv", "who,on\n1,2026-01-05\n,2026-01-06\n1,2026-01-12\n");
    let some = "summary --input some.csv --customer who --date on --end 2026-02-02";
    bad(&folder, some, 1, &["some.csv, line 3, column who", "empty"]);
    let said = run(&folder, &format!("{some} --skip-empty"), "");
    assert_eq!(said.out, "customer,x,t_x,T,m\n1,1,1,4,\n");
    assert!(
        said.err.contains("1 row(s) without a customer were left out"),
        "{}",
        said.err
    );

    // Another unit is another scale, nothing else.
    let days = good(&folder, &SUMMARY.replace("weeks", "days"));
    assert!(days.starts_with("customer,x,t_x,T,m\n1,2,213,272,22.345"), "{days}");
}

#[test]
fn the_models_of_the_literature_from_the_command_line() {
    let folder = Folder::new("fit");
    let fit = json(&folder, "fit --model bgnbd --input cdnow_summary.csv");
    close(&fit["params"]["r"], 0.242_592_91, 1e-7);
    close(&fit["params"]["alpha"], 4.413_531_88, 2e-6);
    close(&fit["params"]["a"], 0.792_886_10, 1e-6);
    close(&fit["params"]["b"], 2.425_753_42, 3e-6);
    close(&fit["log_likelihood"], -9_582.425_56, 1e-5);
    assert_eq!(
        (&fit["n"], &fit["warnings"]),
        (&Json::from(2_357.0), &Json::Array(vec![]))
    );
    assert!(fit["standard_errors"]["b"].as_f64().is_some_and(|e| e > 0.5 && e < 1.0));

    let fit = json(&folder, "fit --model pareto-nbd --input cdnow_summary.csv");
    close(&fit["params"]["beta"], 11.667_908_89, 1e-4);
    close(&fit["log_likelihood"], -9_594.973_93, 1e-5);
    let fit = json(&folder, "fit --model gamma-gamma --input cdnow_summary.csv");
    close(&fit["params"]["gamma"], 15.447_748_28, 2e-4);
    close(&fit["log_likelihood"], -4_055.923_24, 1e-4);
    assert_eq!(fit["n"], Json::from(946.0));
    let fit = json(&folder, "fit --model bgbb --input donations.csv");
    close(&fit["params"]["alpha"], 1.204, 5e-4);
    assert_eq!(fit["n"], Json::from(11_104.0));
    let fit = json(&folder, "fit --model mbgnbd --input cdnow_summary.csv");
    close(&fit["params"]["r"], 0.525, 5e-4);
}

#[test]
fn one_tool_feeds_the_next() {
    let folder = Folder::new("pipe");
    let script = format!(
        "zhike value {SUMMARY} 2> said > histories.csv && zhike value fit --model bgnbd --format json < histories.csv > bg.json && \
         zhike value fit --model gamma-gamma --input histories.csv --format json > gg.json && \
         zhike value predict --model bgnbd --params bg.json --horizon 39 < histories.csv > next.csv && \
         zhike value npv --input histories.csv --params bg.json --spend gg.json --discount 0.15 --margin-rate 0.5 \
         --draws 200 --customer 1 --format json > npv.json && zhike value {SUMMARY} 2> /dev/null | head -2 > first"
    );
    let done = Command::new("sh")
        .args(["-c", &script])
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", Path::new(PROGRAM).parent().unwrap().display()),
        )
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.0.join(name)).unwrap();
    assert!(read("said").contains("1959 row(s) after 1997-09-30 were left out"));
    assert_eq!(read("first").lines().count(), 2);
    // 1,653.4 with the authors' rounding; the raw days move it a little.
    let sum: f64 = read("next.csv")
        .lines()
        .skip(1)
        .map(|l| l.rsplit(',').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((sum - 1_653.4).abs() < 1.0, "{sum}");
    let npv: Json = serde_json::from_str(&read("npv.json")).unwrap();
    let at = |key: &str| npv[0][key].as_f64().unwrap();
    assert!((at("npv") - 0.5 * at("amount") * at("dert")).abs() < 1e-9);
    assert!(
        at("low") < at("npv") && at("npv") < at("high") && at("high") < 1.6 * at("low"),
        "{npv}"
    );
    assert_eq!(npv.as_array().unwrap().len(), 1);
}

#[test]
fn published_conditional_values() {
    let folder = Folder::new("predict");
    folder.write("one.csv", "customer,x,t_x,T\nada,2,30.43,38.86\nbo,0,0,38.86\n");
    let rows = json(
        &folder,
        r#"predict --model bgnbd --params {"r":0.243,"alpha":4.414,"a":0.793,"b":2.426} --input one.csv --horizon 39 --discount 0.15"#,
    );
    close(&rows[0]["p_alive"], 0.726_578_57, 1e-8);
    close(&rows[0]["expected_purchases"], 1.226_028_17, 1e-8);
    close(&rows[0]["dert"], 5.169_553_93, 1e-7);
    assert_eq!(rows[1]["p_alive"], Json::from(1.0));
    let rows = json(
        &folder,
        r#"predict --model pareto-nbd --params {"r":0.553,"alpha":10.578,"s":0.606,"beta":11.669} --input one.csv --horizon 39 --discount 0.15"#,
    );
    close(&rows[0]["p_alive"], 0.869_167_56, 1e-8);
    close(&rows[0]["expected_purchases"], 1.455_123_19, 1e-8);
    close(&rows[0]["dert"], 6.501_730_54, 1e-7);
    close(&rows[1]["p_alive"], 0.295_286_60, 1e-8);
    close(&rows[1]["dert"], 0.478_457_67, 1e-7);
    folder.write("amounts.csv", "customer,x,m\nada,2,22.35\nbo,0,\n");
    let rows = json(
        &folder,
        r#"predict --model gamma-gamma --params {"p":6.24880232,"q":3.74458842,"gamma":15.44774828} --input amounts.csv"#,
    );
    close(&rows[0]["expected_amount"], 24.658_616_19, 1e-7);
    close(&rows[1]["expected_amount"], 35.171_002_15, 1e-6);
    folder.write("contract.csv", "customer,renewals,lost\nada,7,0\nbo,3,1\n");
    let rows = json(
        &folder,
        r#"predict --model sbg --params {"alpha":0.66808844,"beta":3.80609564} --input contract.csv --horizon 5 --discount 0.1"#,
    );
    close(&rows[0]["dert"], 7.529_627_85, 1e-7);
    close(&rows[1]["p_stays"], 0.0, 0.0);
    let rows = json(
        &folder,
        r#"predict --model bgbb --params {"alpha":1.204,"beta":0.75,"gamma":0.657,"delta":2.783} --input donations.csv --horizon 5"#,
    );
    assert_eq!(rows.as_array().unwrap().len(), 22);
}

#[test]
fn a_refusal_names_the_place_and_the_mend() {
    let folder = Folder::new("refuse");
    folder.write("a.csv", "customer,date,amount\n1,1997-01-01,5\n2,31/12/97,5\n");
    let summary = "summary --customer customer --date date --end 1997-09-30 --input";
    bad(
        &folder,
        &format!("{summary} a.csv"),
        1,
        &["a.csv, line 3, column date", "31/12/97", "--date-format"],
    );
    bad(
        &folder,
        &format!("{summary} none.csv"),
        1,
        &["there is no file none.csv"],
    );
    bad(
        &folder,
        "summary --customer who --date date --end 1997-09-30 --input a.csv",
        1,
        &["no column who", "customer, date, amount"],
    );
    bad(
        &folder,
        "summary --customer customer --date date --end yesterday --input a.csv",
        1,
        &["--end", "1997-09-30"],
    );
    folder.write("b.csv", "customer,date,amount\n1,1997-01-01,1.2.3\n");
    bad(
        &folder,
        &format!("{summary} b.csv --amount amount"),
        1,
        &["line 2, column amount", "1.2.3", "1234.56"],
    );
    folder.write("c.csv", "customer,date\n,1997-01-01\n");
    bad(
        &folder,
        &format!("{summary} c.csv"),
        1,
        &["line 2, column customer", "empty"],
    );
    folder.write("late.csv", "customer,date\n1,1999-01-01\n");
    bad(
        &folder,
        &format!("{summary} late.csv"),
        1,
        &["no purchase up to 1997-09-30", "--end"],
    );
    folder.write("empty.csv", "");
    bad(
        &folder,
        &format!("{summary} empty.csv"),
        1,
        &["empty.csv", "nothing in this file"],
    );
    folder.write("ragged.csv", "customer,date\n1\n");
    bad(&folder, &format!("{summary} ragged.csv"), 1, &["ragged.csv, line 2"]);
    folder.write("fake.parquet", "PAR1 and nothing else");
    bad(
        &folder,
        &format!("{summary} fake.parquet"),
        1,
        &["fake.parquet cannot be read"],
    );

    folder.write("h.csv", "x,t_x,T\n1,9,8\n");
    bad(
        &folder,
        "fit --model bgnbd --input h.csv",
        1,
        &["line 2, column t_x", "lies after T"],
    );
    folder.write("h.csv", "x,t_x,T\n1.5,5,8\n");
    bad(
        &folder,
        "fit --model bgnbd --input h.csv",
        1,
        &["line 2, column x", "whole number"],
    );
    folder.write("h.csv", "x,T\n1,8\n");
    bad(
        &folder,
        "fit --model bgnbd --input h.csv",
        1,
        &["no column t_x or recency"],
    );
    bad(
        &folder,
        "fit --model nbd --input h.csv",
        2,
        &["possible values", "pareto-nbd"],
    );
    folder.write("h.csv", "x,t_x,T\n0,0,8\n");
    let predict = "predict --model bgnbd --input h.csv --horizon 5 --params";
    bad(
        &folder,
        &format!("{predict} {{\"r\":1}}"),
        1,
        &["no parameter alpha", "r, alpha, a, b"],
    );
    bad(
        &folder,
        &format!("{predict} {{\"r\":-1}}"),
        1,
        &["r is -1", "above zero"],
    );
    bad(
        &folder,
        &format!("{predict} none.json"),
        1,
        &["cannot read none.json", "--format json"],
    );
    folder.write("cohort.csv", "period,customers\n0,10\n1,12\n");
    bad(
        &folder,
        "fit --model sbg --input cohort.csv",
        1,
        &["line 3, column customers", "more than the period before"],
    );
    bad(
        &folder,
        "npv --margin 10 --retention 1.2 --discount 0.1",
        1,
        &["retention 1.2", "r < 1 + d"],
    );
    folder.write("p.csv", "c,profit\n1,1.23456\n");
    bad(
        &folder,
        "whale --input p.csv --customer c --profit profit",
        1,
        &["line 2, column profit", "four decimals"],
    );
    folder.write("d.csv", "deal,date,stage\n1,2026-01-01,Dreaming\n");
    bad(
        &folder,
        "funnel --input d.csv --deal deal --date date --stage stage --stages Lead --end 2026-02-01",
        1,
        &["Dreaming", "is no stage", "--stages"],
    );
}

#[test]
fn odd_histories_are_fitted_with_a_named_warning() {
    let folder = Folder::new("odd");
    folder.write("once.csv", "x,t_x,T,weight\n0,0,10,5\n0,0,20,7\n");
    for model in ["bgnbd", "mbgnbd", "pareto-nbd"] {
        let fit = json(&folder, &format!("fit --model {model} --input once.csv"));
        assert_eq!(fit["warnings"][0]["code"], "nobody_repeats");
        assert_eq!((&fit["n"], &fit["standard_errors"]), (&Json::from(12.0), &Json::Null));
        folder.write("fit.json", fit.to_string());
        let rows = json(
            &folder,
            &format!("predict --model {model} --params fit.json --input once.csv --horizon 10"),
        );
        assert!(rows[0]["expected_purchases"].as_f64().is_some_and(|e| e < 1e-6));
    }
    let said = good(&folder, "fit --model bgnbd --input once.csv");
    assert!(said.contains("warning: nobody bought twice"), "{said}");
    // No interval where nothing is determined.
    folder.write("spend.json", r#"{"p":6.25,"q":3.74,"gamma":15.44}"#);
    bad(
        &folder,
        "npv --input once.csv --model pareto-nbd --params fit.json --spend spend.json --discount 0.1 --draws 10",
        1,
        &["log_covariance", "--draws"],
    );
}

#[test]
fn profits_are_added_exactly() {
    let folder = Folder::new("whale");
    let rows: String = (0..1_000).map(|i| format!("c{},0.{}\n", i % 10, i % 10)).collect();
    folder.write("p.csv", format!("who,gain\n{rows}z,-0.0001\n"));
    let w = json(&folder, "whale --input p.csv --customer who --profit gain --points 20");
    close(&w["total"], 449.999_9, 0.0);
    close(&w["peak"]["profit"], 450.0, 0.0);
    assert_eq!((&w["customers"], &w["loss_makers"]), (&Json::from(11), &Json::from(1)));
    assert!(w["points"].as_array().is_some_and(|p| p.len() >= 8));
    let curve = good(
        &folder,
        "whale --input p.csv --customer who --profit gain --points 20 --format csv",
    );
    assert!(
        curve.starts_with("customers,cumulative_profit,customer_share,profit_share\n0,0,0,0\n"),
        "{curve}"
    );
}

#[test]
fn touches_become_journeys() {
    let folder = Folder::new("touch");
    folder.write(
        "t.csv",
        "who,when,what,done\n1,2026-01-01,search,0\n1,2026-01-08,mail,1\n1,2026-02-01,mail,1\n2,2026-01-03,search,\n",
    );
    let a = json(
        &folder,
        "attribution --input t.csv --customer who --channel what --date when --converted done --half-life 7",
    );
    assert_eq!((&a["conversions"], &a["without"]), (&Json::from(2.0), &Json::from(1.0)));
    let of = |name: &str| {
        a["channels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["channel"] == name)
            .unwrap()
            .clone()
    };
    // Journeys: search (a week earlier) and mail; mail alone; search without.
    close(&of("mail")["first"], 1.0, 1e-12);
    close(&of("search")["decay"], 1.0 / 3.0, 1e-12);
    close(&of("mail")["last"], 2.0, 1e-12);
}

/// What the house itself wrote as Parquet reads like any file.
#[test]
fn parquet_reads_like_any_file() {
    let retail = root().join("../shared/data/complete_journey/demographics.parquet");
    if !retail.exists() {
        println!("not run: ../shared/data is not here");
        return;
    }
    let folder = Folder::new("parquet");
    std::fs::copy(&retail, folder.0.join("d.parquet")).unwrap();
    let w = json(
        &folder,
        "whale --input d.parquet --customer household_id --profit household_id",
    );
    assert_eq!(w["customers"], Json::from(801));
    bad(
        &folder,
        "whale --input d.parquet --customer household_id --profit age",
        1,
        &["d.parquet, row 1, column age", "is no amount"],
    );
}

/// Every command of the document, with the files that it shows, prints what it says.
#[test]
fn the_document_says_what_the_program_prints() {
    let folder = Folder::new("document");
    let text = std::fs::read_to_string(root().join("docs/value.md")).unwrap();
    let mut commands = 0;
    for block in text.split("```").skip(1).step_by(2) {
        let (head, body) = block.split_once('\n').unwrap();
        if let Some(name) = head.strip_prefix("csv ").or(head.strip_prefix("json ")) {
            folder.write(name, body);
        }
        if head != "console" {
            continue;
        }
        for piece in body.split("$ ").filter(|p| !p.trim().is_empty()) {
            let (command, expected) = piece.split_once('\n').unwrap();
            let out = Command::new("sh")
                .args(["-c", command])
                .env(
                    "PATH",
                    format!("{}:/usr/bin:/bin", Path::new(PROGRAM).parent().unwrap().display()),
                )
                .current_dir(&folder.0)
                .output()
                .unwrap();
            assert!(
                out.status.success(),
                "{command}: {}",
                String::from_utf8_lossy(&out.stderr)
            );
            assert_eq!(String::from_utf8_lossy(&out.stdout), expected, "{command}");
            commands += 1;
        }
    }
    assert!(commands >= 12, "{commands}");
}
