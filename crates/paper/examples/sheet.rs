//! Sets a sheet with made-up data: `cargo run -p zhike-paper --features pdf --example sheet -- zh out.pdf`.

use zhike_paper::{Block, Column, Letterhead, Sheet, Sum};

fn words(zh: bool, a: &str, b: &str) -> String {
    if zh { a } else { b }.to_owned()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let zh = args.next().is_none_or(|lang| lang == "zh");
    let out = args.next().unwrap_or_else(|| "sheet.pdf".to_owned());
    let w = |a: &str, b: &str| words(zh, a, b);
    let column = |title: String, right: bool, wide: bool| Column { title, right, wide };
    let rows = (1..=26)
        .map(|i| {
            vec![
                i.to_string(),
                w(
                    "电磁流量计 DN80\n四氟衬里，316L 电极，IP68",
                    "Electromagnetic flowmeter DN80\nPTFE lining, 316L electrodes, IP68",
                ),
                "2".into(),
                "¥12,800.00".into(),
                "13%".into(),
                "¥25,600.00".into(),
            ]
        })
        .collect();
    let sum = |label: String, value: &str, strong: bool| Sum {
        label,
        value: value.into(),
        strong,
    };
    let sheet = Sheet {
        zh,
        head: Letterhead {
            name: "澄江仪表有限公司".into(),
            name_latin: "Chengjiang Instruments Co., Ltd.".into(),
            address: "江苏省无锡市新吴区长江路 8 号".into(),
            address_latin: "8 Changjiang Road, Xinwu, Wuxi, Jiangsu, China".into(),
            contact: "+86 510 8888 0000 · sales@example.com".into(),
            tax_number: "91320200MA00000000".into(),
            bank: w("中国银行无锡分行 4563 0000 0000 0000", "Bank of China, Wuxi, 4563 0000 0000 0000"),
            logo: zhike_paper::Logo::read(br##"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><circle cx="30" cy="30" r="28" fill="#1f4e8c"/></svg>"##),
        },
        title: w("报价单", "Quotation"),
        number: "Q-000012-2".into(),
        to_title: w("客户", "To"),
        to: vec![w("青禾乳业有限公司", "Qinghe Dairy Co., Ltd."), w("王经理", "Ms Wang"), w("呼和浩特市金川大道 1 号", "1 Jinchuan Avenue, Hohhot")],
        facts: vec![
            (w("报价日期", "Quoted on"), "2026-06-30".into()),
            (w("有效期至", "Valid until"), "2026-07-30".into()),
            (w("业务员", "Salesperson"), w("林珊", "Lin Shan")),
        ],
        columns: vec![
            column("#".into(), true, false),
            column(w("产品", "Product"), false, true),
            column(w("数量", "Quantity"), true, false),
            column(w("单价", "Unit price"), true, false),
            column(w("税率", "Tax"), true, false),
            column(w("净额", "Net"), true, false),
        ],
        rows,
        sums: vec![
            sum(w("净额", "Net"), "¥665,600.00", false),
            sum(w("税额", "Tax"), "¥86,528.00", false),
            sum(w("价税合计", "Total"), "¥752,128.00", true),
        ],
        blocks: vec![Block {
            title: w("条款", "Terms"),
            text: w("预付 30%，货到 70%。\n交货期：收到预付款后 4 周。", "30% in advance, 70% on delivery.\nDelivery within four weeks of the advance."),
        }],
        signatures: vec![w("卖方签章", "For the seller"), w("买方签章", "For the buyer")],
        tax_label: w("税号", "Tax number"),
        bank_label: w("开户行", "Bank"),
        page: if zh { ["第 ".into(), " 页，共 ".into(), " 页".into()] } else { ["Page ".into(), " of ".into(), String::new()] },
        mark: args.next().map(|_| w("草稿", "Draft")),
    };
    let begun = std::time::Instant::now();
    let bytes = zhike_paper::pdf(&sheet).map_err(|e| e.to_string())?;
    println!("{} bytes in {:?}", bytes.len(), begun.elapsed());
    std::fs::write(out, bytes)?;
    Ok(())
}
