//! Every component, in both languages: escaped, translated, with icons that exist and words that belong to it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::locale::{Catalog, Lang, Locale};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_kernel::Currency;

const EVIL: &str = "<b>\"O'Neill\" & 青禾</b>";

fn locale(lang: Lang) -> Locale {
    Locale {
        lang,
        zone: jiff::tz::TimeZone::UTC,
        catalog: Arc::new(Catalog::new(&Catalog::WEB).unwrap()),
    }
}

fn sample(loc: &Locale) -> Markup {
    let cny = Currency::CNY;
    let field = || {
        Field::new("name", EVIL)
            .hint(EVIL)
            .error(Some(EVIL.into()))
            .required(true)
            .attr("placeholder", EVIL)
    };
    let choices = [Choice::new("a", EVIL), Choice::new("b", "B")];
    html! {
        (tabs(loc, EVIL, &[Tab { href: "/a?b=1&c=2".into(), label: EVIL.into(), count: Some(1284), active: true }]))
        (chips(loc, &[Chip { label: EVIL.into(), value: EVIL.into(), remove: "/x".into() }], html! { (btn(EVIL).small()) }))
        (search_box(loc, "/customers", EVIL, &[("sort".into(), EVIL.into())], "#list"))
        (bulk_bar(loc, html! { (btn(EVIL).icon("user-check").small()) }))
        table.tbl {
            thead { tr { th { (check_all(loc)) } (sort_head(loc, EVIL, "/s", true, Some(true))) (sort_head(loc, EVIL, "/s", false, None)) } }
            tbody data-rows { tr { td { (check_row(loc, 7, EVIL)) } td { (co(7, EVIL, Size::Normal)) (av(7, EVIL, Size::Small)) } td.r { (money(loc, -18_200_000, cny)) } } }
        }
        (pagination(loc, &Page { first: 1, last: 50, total: 1284, previous: None, next: Some("/customers?page=2".into()) }))
        (badge(Hue::Red, EVIL)) (badge_icon(Hue::Jade, "user-heart", EVIL)) (dot(Hue::Green)) (grade("A")) (grade(EVIL)) (kbd(EVIL)) (logo(26))
        @for t in [Tier::Gold, Tier::Regular, Tier::Low] { (tier(loc, t)) }
        (meter(loc, 0.72, Hue::Amber, Some(0.8))) (delta(loc, -0.04, true)) (spark(EVIL, &[3, 0, -2, 5])) (qty(loc, 2500)) (money_full(loc, 5, cny))
        (card(EVIL).note(EVIL).actions(html! { (icon_btn("dots", EVIL).disabled(EVIL)) }).body(html! { (EVIL) }).foot(html! { (EVIL) }).id("c"))
        (kpis(&[Kpi::new(EVIL, EVIL).note(EVIL).href("/k")])) (kv(&[(EVIL.into(), html! { (EVIL) })]))
        @for tone in [Tone::Info, Tone::Warn, Tone::Bad, Tone::Good, Tone::Customer, Tone::Quiet] { (callout(tone, EVIL)) }
        (empty("building-store", EVIL, EVIL, html! { (btn(EVIL).primary().href("/n").key("C")) })) (section_head(EVIL, Some("3"), html! {}))
        (page_body(two_columns(html! { (EVIL) }, html! { (EVIL) })))
        (record_head(co(1, EVIL, Size::Large), EVIL, tier(loc, Tier::Gold), &[html! { (EVIL) }], html! { (btn(EVIL).jade()) }))
        (steps(&[Step { label: EVIL.into(), note: Some(EVIL.into()), href: Some("/1".into()) }, Step { label: EVIL.into(), note: None, href: None }], 1))
        (timeline(&[(EVIL.into(), vec![Entry { icon: "phone".into(), hue: Hue::Blue, time: "14:52".into(), exact: EVIL.into(), title: html! { (EVIL) }, body: Some(html! { (EVIL) }) }])]))
        (menu("dots", EVIL, true, "left", &[Item::button(EVIL).icon("pencil").key("E").attr("data-open", EVIL), Item::line(), Item::link(EVIL, "/x").danger()]))
        (dialog("d", EVIL, html! { (EVIL) })) (confirm(loc, "e", EVIL, EVIL, "/erase", EVIL, btn(EVIL).danger_solid())) (skeleton(3))
        (field().text(EVIL)) (field().email(EVIL)) (field().phone(EVIL)) (field().password("new-password")) (field().textarea(EVIL, 3)) (field().select(&choices, "a", Some(EVIL)))
        (field().date(EVIL)) (field().number(EVIL)) (field().money(EVIL, "¥")) (field().file(".csv")) (field().checkbox(true)) (field().switch(false))
        (field().segmented(&choices, "b")) (field().combobox(loc, "/lookup/party", "7", EVIL))
        (lookup_options(loc, &[("7".into(), EVIL.into(), EVIL.into())])) (lookup_options(loc, &[]))
        (form_errors(&[EVIL.into()])) (submit_row(loc, Some("/back"), EVIL)) (upload(loc, "/import", EVIL, &Field::new("file", EVIL), ".csv", html! {}))
        (chart("bars", &serde_json::json!({ "x": ["</script><b>\"O'Neill\""] }), 200, EVIL))
        (palette_results(&[(EVIL.into(), vec![Hit { mark: icon("phone"), text: EVIL.into(), note: EVIL.into(), href: "/x".into() }]), (EVIL.into(), vec![])]))
        (confusion(loc, &["A", "B"], &[vec![9, 1], vec![0, 4]], EVIL, EVIL)) (progress(loc, 0.4, EVIL))
    }
}

fn shell(loc: &Locale, main: Markup) -> String {
    let item = |id: &str, icon: &str, key| NavItem {
        id: id.into(),
        icon: icon.into(),
        label: EVIL.into(),
        href: format!("/{id}"),
        count: 4,
        hot: true,
        key: Some(key),
        phone: true,
        under: None,
    };
    let nav = [
        NavGroup {
            fold: false,
            title: None,
            items: vec![item("today", "home", "t")],
        },
        NavGroup {
            fold: false,
            title: Some(EVIL.into()),
            items: vec![item("customers", "building-store", "c")],
        },
    ];
    let crumbs = [
        (EVIL.to_owned(), Some("/customers".to_owned())),
        (EVIL.to_owned(), None),
    ];
    page(
        &Shell {
            loc,
            title: EVIL,
            crumbs: &crumbs,
            frame: &Frame::new(loc, &nav, "customers"),
            house: EVIL,
            user_id: 1,
            user_name: EVIL,
            user_role: EVIL,
            csrf: EVIL,
            path: "/customers?q=<b>",
            theme: Some("dark"),
            notice: Some(EVIL.into()),
            actions: html! { (btn(EVIL).icon("plus").primary().key("C")) },
            charts: true,
            board: true,
            corners: vec![],
        },
        main,
    )
    .into_string()
}

fn pages(lang: Lang) -> Vec<String> {
    let loc = locale(lang);
    let with_crumbs = shell(&loc, sample(&loc));
    let sign_in = bare(
        &loc,
        EVIL,
        "/sign-in?next=<b>",
        html! { (Field::new("user", EVIL).text(EVIL)) },
    )
    .into_string();
    let errors = [401, 404, 409, 429, 500].map(|c| error_page(&loc, c, EVIL, EVIL, Some(EVIL)).into_string());
    [vec![with_crumbs, sign_in], errors.to_vec()].concat()
}

#[test]
fn everything_given_as_text_is_escaped() {
    for page in Lang::ALL.into_iter().flat_map(pages) {
        assert!(page.starts_with("<!DOCTYPE html>"));
        assert!(page.contains("&lt;b&gt;&quot;O'Neill&quot; &amp; 青禾&lt;/b&gt;"));
        assert!(!page.contains("<b>\"O"), "an element came through");
        assert!(!page.contains("<b>&quot;"), "half escaped");
        assert!(!page.contains("=\"<"), "a tag in an attribute");
        assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
    }
}

#[test]
fn no_key_is_left_untranslated_and_no_language_is_mixed() {
    for (lang, code) in [(Lang::En, "lang=\"en\""), (Lang::ZhCn, "lang=\"zh-CN\"")] {
        for page in pages(lang) {
            assert!(page.contains(code));
            for word in page.split(['>', '<', '"', ' ']) {
                assert!(!word.starts_with("web-") && !word.starts_with("error-"), "{word}");
            }
        }
    }
    let loc = locale(Lang::En);
    let english = shell(&loc, html! {})
        .replace("青禾", "")
        .replace("切换为中文", "")
        .replace("中</button>", "");
    let chinese = english.chars().find(|c| zhike_kernel::text::is_han(*c));
    assert_eq!(chinese, None);
}

#[test]
fn every_icon_is_in_the_sprite_and_every_asset_exists() {
    let sprite = include_str!("../../assets/sprite.svg");
    for page in Lang::ALL.into_iter().flat_map(pages) {
        for piece in page.split("sprite.svg#i-").skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(sprite.contains(&format!("id=\"i-{name}\"")), "no icon {name}");
        }
        assert!(!page.contains("/assets/none/"));
    }
}

#[test]
fn pages_run_under_a_strict_content_policy() {
    for page in Lang::ALL.into_iter().flat_map(pages) {
        for piece in page.split("<script").skip(1) {
            assert!(
                piece.starts_with(" src=\"/assets/") || piece.starts_with(" type=\"application/json\""),
                "{piece:.60}"
            );
        }
        for forbidden in ["<style", " onclick=", " hx-on", "javascript:", "http://", "https://"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
    for script in [
        include_str!("../../assets/app.js"),
        include_str!("../../assets/charts.js"),
    ] {
        assert!(!script.contains("eval(") && !script.contains("new Function"));
    }
}

#[test]
fn inputs_are_labelled_and_tell_their_error() {
    let loc = locale(Lang::En);
    let text = Field::new("name", "Name")
        .hint("as in the contract")
        .error(Some("Needed".into()))
        .required(true)
        .text("")
        .into_string();
    assert!(text.contains("<label for=\"f-name\">"));
    assert!(text.contains("aria-invalid=\"true\" aria-describedby=\"f-name-error f-name-hint\""));
    assert!(text.contains("id=\"f-name-error\"") && text.contains(" required"));
    let plain = Field::new("x", "X").text("1").into_string();
    assert!(!plain.contains("aria-invalid") && !plain.contains("required"));
    let combo = Field::new("party", "Party")
        .combobox(&loc, "/lookup/party", "7", "Acme")
        .into_string();
    assert!(
        combo.contains("type=\"hidden\" name=\"party\" value=\"7\"") && combo.contains("data-lookup=\"/lookup/party\"")
    );
    let one = Field::new("a", "A")
        .select(&[Choice::new("x", "X"), Choice::new("y", "Y")], "y", None)
        .into_string();
    assert!(one.contains("value=\"y\" selected") && !one.contains("value=\"x\" selected"));
}

#[test]
fn ids_are_used_once_in_a_page() {
    let loc = locale(Lang::ZhCn);
    let page = shell(&loc, html! { (Field::new("one", "1").text("")) });
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|p| p.split('"').next())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert_eq!(page.matches("<h1").count(), 1);
    assert_eq!(
        page.matches("aria-current=\"page\"").count(),
        3,
        "side, phone bar and the sheet with everything"
    );
}

#[test]
fn toasts_are_ascii_json() {
    let header = undo_toast_header("已保存 “x” 😀", "/undo/7");
    assert!(header.is_ascii());
    let json: serde_json::Value = serde_json::from_str(&header).unwrap();
    assert_eq!(json["toast"]["text"], "已保存 “x” 😀");
    assert_eq!(json["toast"]["undo"], "/undo/7");
    assert_eq!(toast_header("Saved"), r#"{"toast":{"text":"Saved"}}"#);
}

#[test]
fn data_of_a_chart_cannot_end_its_element() {
    let data = serde_json::json!({ "n": "</script><!-- &" });
    let html = chart("lines", &data, 100, "x").into_string();
    let inner = html
        .split("application/json\">")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(inner).unwrap(), data);
    assert_eq!(html.matches("</script>").count(), 1);
}

#[test]
fn marks_take_the_right_character() {
    assert!(co(1, "（苏州）青禾", Size::Normal).into_string().contains(">苏<"));
    assert!(co(1, "acme", Size::Normal).into_string().contains(">A<"));
    assert!(av(1, "林珊", Size::Normal).into_string().contains(">珊<"));
    assert!(av(1, "lin shan", Size::Normal).into_string().contains(">L<"));
}

#[test]
fn bulk_and_paging_without_rows_stay_quiet() {
    let loc = locale(Lang::En);
    let none = Page {
        first: 0,
        last: 0,
        total: 0,
        previous: None,
        next: None,
    };
    let html = pagination(&loc, &none).into_string();
    assert!(html.contains("None") && html.matches("disabled").count() == 2);
    assert!(
        bulk_bar(&loc, html! {})
            .into_string()
            .contains("class=\"bulkbar\" hidden")
    );
}
