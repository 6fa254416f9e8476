//! What the company sells, who works there and how its pipeline runs. None of this depends on the seed.

use crate::model::{Category, Product, ProductKind, Team, Text, User, UserRole};
use crate::money::{Pipeline, Stage};

/// Product categories; the order is the one the tastes of industries refer to.
pub(crate) fn categories() -> Vec<Category> {
    [
        ("electromagnetic", "电磁流量计", "Electromagnetic flow meters"),
        ("vortex", "涡街流量计", "Vortex flow meters"),
        ("ultrasonic", "超声波水表", "Ultrasonic water meters"),
        ("pressure", "压力变送器", "Pressure transmitters"),
        ("gateway", "采集网关", "Data gateways"),
        ("spare", "备件", "Spare parts"),
        ("calibration", "校准服务", "Calibration services"),
        ("field", "安装与培训", "Installation and training"),
    ]
    .into_iter()
    .map(|(code, zh, en)| Category {
        code,
        name: Text::new(zh, en),
    })
    .collect()
}

struct Shelf(Vec<Product>);

impl Shelf {
    /// Puts a product on the shelf; price in yuan, cost in percent of it.
    fn put(&mut self, category: usize, sku: String, name: String, name_latin: String, yuan: i64, cost_percent: i64) {
        let service = category >= 6;
        let unit = match (category, service) {
            (5, _) => "set",
            (_, true) => {
                if name.contains("年度") {
                    "year"
                } else {
                    "visit"
                }
            }
            _ => "piece",
        };
        self.0.push(Product {
            sku,
            name,
            name_latin,
            category,
            unit,
            list_price_minor: yuan * 100,
            cost_minor: yuan * cost_percent,
            kind: if service {
                ProductKind::Service
            } else {
                ProductKind::Goods
            },
            active: true,
        });
    }
}

/// All products, by category.
pub fn products() -> Vec<Product> {
    let mut s = Shelf(Vec::new());
    for (dn, yuan) in [
        (15, 2680),
        (25, 2960),
        (40, 3380),
        (50, 3720),
        (80, 4860),
        (100, 5680),
        (150, 7960),
        (200, 10_800),
        (300, 18_600),
    ] {
        s.put(
            0,
            format!("EM50-DN{dn:03}"),
            format!("电磁流量计 EM50 DN{dn}"),
            format!("Flow meter EM50 DN{dn}"),
            yuan,
            69,
        );
    }
    for (dn, yuan) in [(25, 4980), (50, 5960), (80, 7480)] {
        s.put(
            0,
            format!("EM70-DN{dn:03}"),
            format!("卫生型电磁流量计 EM70 DN{dn}"),
            format!("Hygienic flow meter EM70 DN{dn}"),
            yuan,
            65,
        );
    }
    for (dn, yuan) in [(25, 3280), (40, 3560), (50, 3880), (80, 4680), (100, 5480), (150, 7280)] {
        s.put(
            1,
            format!("VX30-DN{dn:03}"),
            format!("涡街流量计 VX30 DN{dn}"),
            format!("Vortex meter VX30 DN{dn}"),
            yuan,
            74,
        );
    }
    for (dn, yuan) in [
        (15, 286),
        (20, 328),
        (25, 396),
        (40, 780),
        (50, 1280),
        (80, 1960),
        (100, 2480),
    ] {
        s.put(
            2,
            format!("UW20-DN{dn:03}"),
            format!("超声波水表 UW20 DN{dn}"),
            format!("Ultrasonic water meter UW20 DN{dn}"),
            yuan,
            82,
        );
    }
    for (code, range, yuan) in [
        ("0016", "0.16", 880),
        ("0060", "0.6", 880),
        ("0100", "1", 920),
        ("0250", "2.5", 980),
        ("0600", "6", 1080),
        ("1600", "16", 1280),
        ("4000", "40", 1580),
    ] {
        s.put(
            3,
            format!("PT10-{code}"),
            format!("压力变送器 PT10 {range} MPa"),
            format!("Pressure transmitter PT10 {range} MPa"),
            yuan,
            68,
        );
    }
    for (code, range, yuan) in [("0100", "1", 1680), ("0600", "6", 1860), ("1600", "16", 2080)] {
        s.put(
            3,
            format!("PT20X-{code}"),
            format!("防爆压力变送器 PT20X {range} MPa"),
            format!("Ex-proof transmitter PT20X {range} MPa"),
            yuan,
            64,
        );
    }
    for (code, zh, en, yuan) in [
        ("4G", "4G 型", "4G", 1680),
        ("LR", "LoRa 型", "LoRa", 1480),
        ("ET", "以太网型", "Ethernet", 1280),
        ("NB", "窄带型", "Narrow band", 1180),
        ("EDGE", "边缘计算型", "Edge", 4680),
    ] {
        s.put(
            4,
            format!("GW5-{code}"),
            format!("采集网关 GW5 {zh}"),
            format!("Gateway GW5 {en}"),
            yuan,
            61,
        );
    }
    for (code, zh, en, yuan) in [
        ("SEAL", "密封件包", "Seal kit", 168),
        ("ELEC", "电极组件", "Electrode set", 420),
        ("DISP", "显示表头", "Display head", 560),
        ("BATT", "锂电池包", "Lithium battery pack", 128),
        ("PCB", "主板", "Main board", 880),
        ("CABL", "专用电缆 10 米", "Cable 10 m", 196),
        ("ANTN", "外置天线", "Antenna", 88),
        ("WEAR", "易损件包", "Wear kit", 1800),
        ("LINR", "衬里修复件", "Lining repair set", 1260),
    ] {
        s.put(5, format!("SP-{code}"), zh.to_owned(), en.to_owned(), yuan, 54);
    }
    for (code, zh, en, yuan) in [
        ("FLOW", "流量计实验室校准", "Laboratory calibration, flow", 680),
        ("PRES", "压力变送器校准", "Calibration, pressure", 280),
        ("SITE", "现场校准", "On-site calibration", 1200),
        ("PACK1", "年度校准服务包", "Yearly calibration pack", 6800),
        ("PACK3", "三年年度校准服务包", "Three-year calibration pack", 18_600),
        ("CERT", "补发证书", "Certificate copy", 120),
    ] {
        s.put(6, format!("CA-{code}"), zh.to_owned(), en.to_owned(), yuan, 50);
    }
    for (code, zh, en, yuan) in [
        ("INST", "现场安装调试", "Installation on site", 1600),
        ("TRN1", "操作培训一天", "Operator training, one day", 2800),
        ("DATA", "数据平台年度服务", "Data platform, one year", 3600),
        ("UPGR", "旧表改造", "Retrofit of old meters", 960),
    ] {
        s.put(7, format!("FS-{code}"), zh.to_owned(), en.to_owned(), yuan, 62);
    }
    let mut list = s.0;
    // Two lines have run out and are kept for the history only.
    for p in &mut list {
        if p.sku == "PT10-0016" || p.sku == "GW5-NB" {
            p.active = false;
        }
        // Cable is cut: the only goods of which there are halves.
        if p.sku == "SP-CABL" {
            p.unit = "10 m";
        }
    }
    list
}

/// Teams with their regions.
pub(crate) fn teams() -> Vec<Team> {
    [
        ("华东组", "East team", vec!["east"]),
        ("中北组", "Central and North team", vec!["central", "north"]),
        ("南西组", "South and West team", vec!["south", "west"]),
    ]
    .into_iter()
    .map(|(zh, en, regions)| Team {
        name: Text::new(zh, en),
        regions,
    })
    .collect()
}

/// Everyone who signs in.
pub(crate) fn users() -> Vec<User> {
    use UserRole::{Administrator, Analyst, Manager, Salesperson, Service};
    [
        ("方宁", "Fang Ning", Administrator, None),
        ("周启明", "Zhou Qiming", Manager, Some(0)),
        ("许颜", "Xu Yan", Manager, Some(1)),
        ("林珊", "Lin Shan", Salesperson, Some(0)),
        ("何敏", "He Min", Salesperson, Some(0)),
        ("赵立", "Zhao Li", Salesperson, Some(0)),
        ("吴桐", "Wu Tong", Salesperson, Some(1)),
        ("钱蕾", "Qian Lei", Salesperson, Some(1)),
        ("谢砚川", "Xie Yanchuan", Salesperson, Some(2)),
        ("陈默", "Chen Mo", Service, Some(0)),
        ("顾晴", "Gu Qing", Service, Some(1)),
        ("苏知南", "Su Zhinan", Analyst, None),
    ]
    .into_iter()
    .map(|(name, latin, role, team)| {
        let (last, first) = latin.split_once(' ').unwrap_or((latin, ""));
        let login = format!("{}.{}", last.to_ascii_lowercase(), first.to_ascii_lowercase());
        User {
            email: format!("{login}@zhike.example"),
            login,
            name: name.to_owned(),
            name_latin: latin.to_owned(),
            role,
            team,
        }
    })
    .collect()
}

/// Index of the won stage.
pub(crate) const WON: usize = 5;
/// Index of the lost stage.
pub(crate) const LOST: usize = 6;

/// The pipeline.
pub(crate) fn pipelines() -> Vec<Pipeline> {
    let stages = [
        ("contact", "初步接触", "First contact", 150_000, "open"),
        ("needs", "需求确认", "Needs confirmed", 270_000, "open"),
        ("proposal", "方案报价", "Proposal", 430_000, "open"),
        ("negotiation", "商务谈判", "Negotiation", 640_000, "open"),
        ("contract", "合同签署", "Contract", 880_000, "open"),
        ("won", "赢单", "Won", 1_000_000, "won"),
        ("lost", "输单", "Lost", 0, "lost"),
    ]
    .into_iter()
    .map(|(code, zh, en, probability_ppm, kind)| Stage {
        code,
        name: Text::new(zh, en),
        probability_ppm,
        kind,
    })
    .collect();
    vec![Pipeline {
        name: Text::new("标准销售", "Standard sales"),
        stages,
    }]
}
