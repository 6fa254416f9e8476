//! Word lists: brands, industries, cities, names of persons, job titles.

/// First characters of brands, with pinyin.
pub(crate) const FIRST: &[(&str, &str)] = &[
    ("青", "Qing"),
    ("瑞", "Rui"),
    ("临", "Lin"),
    ("澜", "Lan"),
    ("云", "Yun"),
    ("澄", "Cheng"),
    ("松", "Song"),
    ("启", "Qi"),
    ("明", "Ming"),
    ("和", "He"),
    ("北", "Bei"),
    ("远", "Yuan"),
    ("东", "Dong"),
    ("栖", "Qi"),
    ("溪", "Xi"),
    ("岚", "Lan"),
    ("沐", "Mu"),
    ("叶", "Ye"),
    ("桐", "Tong"),
    ("竹", "Zhu"),
    ("苍", "Cang"),
    ("霁", "Ji"),
    ("映", "Ying"),
    ("砚", "Yan"),
    ("芦", "Lu"),
    ("槿", "Jin"),
    ("汐", "Xi"),
    ("朗", "Lang"),
];

/// Second characters of brands, with pinyin.
pub(crate) const SECOND: &[(&str, &str)] = &[
    ("禾", "he"),
    ("泽", "ze"),
    ("川", "chuan"),
    ("杉", "shan"),
    ("湖", "hu"),
    ("陵", "ling"),
    ("畅", "chang"),
    ("岭", "ling"),
    ("山", "shan"),
    ("棠", "tang"),
    ("杏", "xing"),
    ("汀", "ting"),
    ("洲", "zhou"),
    ("屿", "yu"),
    ("榆", "yu"),
    ("原", "yuan"),
    ("渚", "zhu"),
    ("庭", "ting"),
    ("野", "ye"),
    ("舟", "zhou"),
    ("麓", "lu"),
    ("澜", "lan"),
    ("坞", "wu"),
    ("溪", "xi"),
];

/// Combinations that are known brands or could be taken for one.
pub(crate) const AVOID: &[&str] = &[
    "青山", "青岭", "云洲", "云南", "远洲", "北元", "明山", "松山", "澜澜", "溪溪", "东湖", "东山", "北山", "云山",
    "东方", "东原", "远东", "启明", "朗姿", "和畅", "云原", "瑞原", "临泽", "北溪", "北川", "青川",
];

/// A line of business.
pub(crate) struct Industry {
    /// Stable code.
    pub code: &'static str,
    /// Word in a company name.
    pub word: &'static str,
    /// The same in English.
    pub latin: &'static str,
    /// Share among customers.
    pub weight: u32,
    /// How often an order line is of each product category.
    pub taste: [u32; 8],
}

const fn industry(
    code: &'static str,
    word: &'static str,
    latin: &'static str,
    weight: u32,
    taste: [u32; 8],
) -> Industry {
    Industry {
        code,
        word,
        latin,
        weight,
        taste,
    }
}

/// Industries of customers. Tastes: electromagnetic, vortex, ultrasonic, pressure, gateway, spare, calibration, field work.
pub(crate) const INDUSTRIES: &[Industry] = &[
    industry("dairy", "乳业", "Dairy", 9, [26, 4, 2, 18, 8, 22, 15, 5]),
    industry("pharma", "药业", "Pharma", 10, [20, 8, 2, 20, 8, 14, 22, 6]),
    industry("water", "水务", "Water", 12, [16, 0, 34, 14, 14, 14, 4, 4]),
    industry("heating", "热力", "Heating", 9, [22, 14, 16, 16, 12, 12, 4, 4]),
    industry(
        "semicon",
        "半导体材料",
        "Semiconductor",
        6,
        [18, 4, 8, 26, 14, 12, 14, 4],
    ),
    industry("chemical", "化工", "Chemical", 14, [22, 16, 0, 30, 6, 14, 8, 4]),
    industry("food", "食品", "Foods", 11, [26, 8, 4, 18, 6, 24, 10, 4]),
    industry("hotel", "酒店管理", "Hotels", 4, [2, 0, 40, 6, 26, 16, 4, 6]),
    industry("textile", "印染", "Dyeing", 7, [16, 30, 4, 16, 6, 20, 5, 3]),
    industry("paper", "造纸", "Paper", 6, [28, 16, 2, 20, 6, 20, 5, 3]),
    industry("brewery", "酿造", "Brewing", 5, [30, 6, 2, 20, 6, 22, 10, 4]),
    industry(
        "municipal",
        "市政工程",
        "Municipal Works",
        7,
        [24, 0, 28, 12, 16, 10, 4, 6],
    ),
];

/// Words of suppliers.
pub(crate) const SUPPLIES: &[(&str, &str)] = &[
    ("精密铸造", "Precision Casting"),
    ("电子元件", "Electronic Parts"),
    ("线缆", "Cable"),
    ("密封件", "Seals"),
    ("传感器芯片", "Sensor Chips"),
    ("包装材料", "Packaging"),
];

/// Words of partners.
pub(crate) const PARTNERSHIPS: &[(&str, &str)] = &[
    ("自动化工程", "Automation"),
    ("系统集成", "Systems"),
    ("机电安装", "Mechanical & Electrical"),
];

/// Words of competitors.
pub(crate) const RIVALRIES: &[(&str, &str)] = &[
    ("测控技术", "Measurement"),
    ("计量仪器", "Instruments"),
    ("流体科技", "Fluid Technology"),
];

/// A city: name, pinyin, region code, area code, administrative code for tax numbers, weight.
pub(crate) struct City {
    /// Name.
    pub zh: &'static str,
    /// Pinyin.
    pub latin: &'static str,
    /// Region code.
    pub region: &'static str,
    /// Area code of the phone network.
    pub area: &'static str,
    /// Administrative code.
    pub code: &'static str,
    /// Share among parties.
    pub weight: u32,
}

const fn city(
    zh: &'static str,
    latin: &'static str,
    region: &'static str,
    area: &'static str,
    code: &'static str,
    weight: u32,
) -> City {
    City {
        zh,
        latin,
        region,
        area,
        code,
        weight,
    }
}

/// Cities; those in the east come first, where the company sells most.
pub(crate) const CITIES: &[City] = &[
    city("苏州", "Suzhou", "east", "0512", "320500", 14),
    city("无锡", "Wuxi", "east", "0510", "320200", 10),
    city("常州", "Changzhou", "east", "0519", "320400", 8),
    city("南京", "Nanjing", "east", "025", "320100", 9),
    city("上海", "Shanghai", "east", "021", "310100", 10),
    city("杭州", "Hangzhou", "east", "0571", "330100", 8),
    city("宁波", "Ningbo", "east", "0574", "330200", 6),
    city("绍兴", "Shaoxing", "east", "0575", "330600", 5),
    city("湖州", "Huzhou", "east", "0572", "330500", 4),
    city("合肥", "Hefei", "east", "0551", "340100", 6),
    city("武汉", "Wuhan", "central", "027", "420100", 6),
    city("长沙", "Changsha", "central", "0731", "430100", 4),
    city("郑州", "Zhengzhou", "central", "0371", "410100", 4),
    city("南昌", "Nanchang", "central", "0791", "360100", 3),
    city("济南", "Jinan", "north", "0531", "370100", 4),
    city("天津", "Tianjin", "north", "022", "120100", 3),
    city("北京", "Beijing", "north", "010", "110100", 3),
    city("沈阳", "Shenyang", "north", "024", "210100", 2),
    city("广州", "Guangzhou", "south", "020", "440100", 4),
    city("深圳", "Shenzhen", "south", "0755", "440300", 4),
    city("佛山", "Foshan", "south", "0757", "440600", 3),
    city("厦门", "Xiamen", "south", "0592", "350200", 2),
    city("成都", "Chengdu", "west", "028", "510100", 4),
    city("重庆", "Chongqing", "west", "023", "500100", 3),
    city("西安", "Xi’an", "west", "029", "610100", 3),
];

/// Streets; no real address is meant.
pub(crate) const STREETS: &[&str] = &[
    "工业园区",
    "科创路",
    "滨河路",
    "兴业路",
    "纬三路",
    "经五路",
    "湖滨大道",
    "创新街",
    "园中路",
    "北环路",
];

/// Family names with pinyin.
pub(crate) const SURNAMES: &[(&str, &str)] = &[
    ("沈", "Shen"),
    ("韩", "Han"),
    ("顾", "Gu"),
    ("陆", "Lu"),
    ("许", "Xu"),
    ("何", "He"),
    ("赵", "Zhao"),
    ("吴", "Wu"),
    ("周", "Zhou"),
    ("陈", "Chen"),
    ("林", "Lin"),
    ("钱", "Qian"),
    ("谢", "Xie"),
    ("苏", "Su"),
    ("方", "Fang"),
    ("程", "Cheng"),
    ("袁", "Yuan"),
    ("唐", "Tang"),
    ("汪", "Wang"),
    ("杜", "Du"),
    ("戴", "Dai"),
    ("邹", "Zou"),
    ("秦", "Qin"),
    ("柳", "Liu"),
    ("孟", "Meng"),
    ("章", "Zhang"),
    ("余", "Yu"),
    ("潘", "Pan"),
    ("蒋", "Jiang"),
    ("叶", "Ye"),
    ("魏", "Wei"),
    ("姜", "Jiang"),
    ("江", "Jiang"),
    ("贺", "He"),
    ("常", "Chang"),
    ("温", "Wen"),
];

/// Characters of given names with pinyin.
pub(crate) const GIVEN: &[(&str, &str)] = &[
    ("若", "ruo"),
    ("兰", "lan"),
    ("立", "li"),
    ("默", "mo"),
    ("敏", "min"),
    ("珊", "shan"),
    ("桐", "tong"),
    ("蕾", "lei"),
    ("颜", "yan"),
    ("晴", "qing"),
    ("然", "ran"),
    ("舒", "shu"),
    ("雅", "ya"),
    ("文", "wen"),
    ("晨", "chen"),
    ("涵", "han"),
    ("佳", "jia"),
    ("思", "si"),
    ("雨", "yu"),
    ("欣", "xin"),
    ("俊", "jun"),
    ("之", "zhi"),
    ("衡", "heng"),
    ("岩", "yan"),
    ("朗", "lang"),
    ("禾", "he"),
    ("川", "chuan"),
    ("亭", "ting"),
    ("素", "su"),
    ("言", "yan"),
    ("达", "da"),
    ("秋", "qiu"),
    ("维", "wei"),
    ("承", "cheng"),
    ("砚", "yan"),
    ("知", "zhi"),
    ("南", "nan"),
    ("书", "shu"),
    ("平", "ping"),
    ("昀", "yun"),
];

/// Job titles; the first three decide on purchases.
pub(crate) const TITLES: &[(&str, &str)] = &[
    ("总经理", "General manager"),
    ("采购经理", "Purchasing manager"),
    ("生产厂长", "Plant manager"),
    ("设备工程师", "Equipment engineer"),
    ("仪表主管", "Instrument lead"),
    ("质量主管", "Quality lead"),
    ("财务主管", "Finance lead"),
];
