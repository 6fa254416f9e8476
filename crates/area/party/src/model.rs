//! What a party and a relation are: their fields, once.

use crate::hooks::{PartyHooks, RelationHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Relation, Scope, Search};

/// The roles a party may play towards the house.
pub(crate) const ROLES: &[&str] = &["prospect", "customer", "partner", "supplier", "employee", "competitor"];
/// What a party is.
pub(crate) const KINDS: &[&str] = &["organisation", "person"];
/// How the relationship stands.
pub(crate) const STATUSES: &[&str] = &["active", "dormant", "lost", "rejected"];
/// What one party is to another.
pub(crate) const RELATIONS: &[&str] = &["employs", "belongs_to", "supplies", "refers", "competes", "partner_of"];

/// The record type `party`.
pub(crate) fn party() -> RecordType {
    use FieldKind as K;
    let text = |name| Field::new(name, K::Text);
    let fields = vec![
        Field::new("number", K::Number).computed().unique().search(Search::Code),
        text("name").required().column().search(Search::Name).aliases(&[
            "客户名称",
            "客户",
            "公司",
            "公司名称",
            "企业名称",
            "单位名称",
            "姓名",
            "联系人",
            "名称",
            "客户姓名",
            "customername",
            "customer name",
            "customer",
            "company",
            "company name",
            "companyname",
            "organisation",
            "organization",
            "account",
            "account name",
            "full name",
            "fullname",
            "contact",
            "contact name",
        ]),
        text("name_latin").unsorted().search(Search::Name).aliases(&[
            "英文名",
            "英文名称",
            "拼音",
            "外文名称",
            "latin name",
            "english name",
            "name (latin)",
        ]),
        Field::new("kind", K::Choice(KINDS))
            .default("organisation")
            .unsorted()
            .aliases(&[
                "客户类型",
                "主体类型",
                "性质",
                "party type",
                "customer type",
                "is person",
            ]),
        Field::new("roles", K::Many(ROLES))
            .suggest("customer")
            .unsorted()
            .column()
            .aliases(&["角色", "关系", "客户角色", "role", "roles", "relationship"]),
        Field::new("status", K::Choice(STATUSES))
            .default("active")
            .unsorted()
            .column()
            .aliases(&["客户状态", "状态", "customer status", "account status"]),
        text("job_title").unsorted().group("person").aliases(&[
            "职务",
            "职位",
            "岗位",
            "title",
            "job title",
            "position",
        ]),
        Field::new("parent_id", K::Ref("party"))
            .unsorted()
            .group("company")
            .aliases(&[
                "上级公司",
                "母公司",
                "集团",
                "所属集团",
                "上级单位",
                "parent",
                "parent company",
                "parent account",
                "group company",
            ]),
        text("industry")
            .group("company")
            .aliases(&["行业", "所属行业", "industry", "sector"]),
        Field::new("employees", K::Int).unsorted().group("company").aliases(&[
            "员工数",
            "人数",
            "员工人数",
            "规模",
            "number of employees",
            "headcount",
            "staff",
        ]),
        text("tax_number")
            .unsorted()
            .group("company")
            .search(Search::Code)
            .aliases(&[
                "税号",
                "统一社会信用代码",
                "社会信用代码",
                "纳税人识别号",
                "tax id",
                "taxid",
                "tax no",
                "vat",
                "vat number",
                "vat id",
                "uscc",
            ]),
        Field::new("phone", K::Phone)
            .personal()
            .unsorted()
            .group("contact")
            .search(Search::Phone)
            .aliases(&[
                "电话",
                "手机",
                "手机号",
                "手机号码",
                "联系电话",
                "电话号码",
                "座机",
                "phone",
                "telephone",
                "tel",
                "mobile",
                "mobile phone",
                "cell",
                "phone number",
            ]),
        Field::new("phone2", K::Phone)
            .personal()
            .unsorted()
            .group("contact")
            .search(Search::Phone)
            .aliases(&[
                "电话2",
                "备用电话",
                "其他电话",
                "第二电话",
                "phone 2",
                "other phone",
                "second phone",
                "fax",
            ]),
        Field::new("email", K::Email)
            .personal()
            .unsorted()
            .group("contact")
            .search(Search::Email)
            .aliases(&[
                "邮箱",
                "电子邮件",
                "电子邮箱",
                "邮件",
                "e-mail",
                "mail",
                "email address",
            ]),
        Field::new("website", K::Url)
            .unsorted()
            .group("contact")
            .aliases(&["网站", "网址", "官网", "web", "url", "homepage", "web site"]),
        text("address").personal().unsorted().group("contact").aliases(&[
            "地址",
            "详细地址",
            "联系地址",
            "公司地址",
            "street",
            "address line 1",
            "addressline1",
            "address1",
        ]),
        text("city")
            .column()
            .group("contact")
            .aliases(&["城市", "所在城市", "市", "town"]),
        text("region").group("contact").aliases(&[
            "地区",
            "区域",
            "大区",
            "省份",
            "省",
            "state",
            "province",
            "territory",
            "area",
        ]),
        text("country")
            .unsorted()
            .group("contact")
            .aliases(&["国家", "国别", "country/region", "nation"]),
        Field::new("owner_id", K::User)
            .column()
            .unsorted()
            .group("trade")
            .aliases(&[
                "负责人",
                "客户经理",
                "业务员",
                "销售",
                "销售员",
                "归属人",
                "所有人",
                "owner",
                "account manager",
                "sales rep",
                "salesperson",
                "salesrepemployeenumber",
            ]),
        text("source").unsorted().group("trade").aliases(&[
            "来源",
            "客户来源",
            "线索来源",
            "lead source",
            "origin",
            "channel",
        ]),
        Field::new("currency", K::Currency).unsorted().group("trade").aliases(&[
            "币种",
            "货币",
            "结算币种",
            "currency code",
        ]),
        Field::new(
            "credit_limit",
            K::Money {
                currency: Some("currency"),
            },
        )
        .unsorted()
        .needs("credit.view")
        .group("trade")
        .aliases(&["信用额度", "授信额度", "信用限额", "creditlimit", "credit line"]),
        Field::new("payment_days", K::Int).unsorted().group("trade").aliases(&[
            "账期",
            "付款天数",
            "账期天数",
            "付款期限",
            "payment terms",
            "terms",
            "net days",
        ]),
        Field::new("external_key", K::Text)
            .unique()
            .unsorted()
            .group("trade")
            .search(Search::Code)
            .aliases(&[
                "客户编号",
                "客户代码",
                "客户编码",
                "原系统编号",
                "外部编号",
                "编码",
                "customernumber",
                "customer number",
                "customer id",
                "customerid",
                "customer no",
                "account number",
                "external id",
                "legacy id",
            ]),
        Field::new("note", K::Long).group("note").aliases(&[
            "备注",
            "说明",
            "描述",
            "notes",
            "comment",
            "comments",
            "remark",
            "description",
        ]),
    ];
    RecordType {
        title: "name",
        subtitle: Some("city"),
        icon: "building-store",
        number: Some(("party", "C-")),
        scope: Scope::Owner("owner_id"),
        party: Some("id"),
        relations: vec![Relation {
            name: "role",
            table: "party_role",
            key: "party_id",
            fields: vec![
                Field::new("role", K::Choice(ROLES)),
                Field::new("since_on", K::Date),
                Field::new("until_on", K::Date),
            ],
        }],
        views: views(),
        alike: Some(("/parties/similar", &["name", "phone", "email", "tax_number"])),
        hooks: Arc::new(PartyHooks),
        ..RecordType::new("party", "party_party", "/parties", 1, fields)
    }
}

/// The views that come with parties. What the analysis and the ledger keep is shown where they are in the house.
fn views() -> Vec<BuiltIn> {
    const FIGURES: [&str; 8] = [
        "tier",
        "grade",
        "months",
        "profit",
        "revenue",
        "last_order_on",
        "receivable",
        "owner_id",
    ];
    let customers = || Filter::field("roles", Op::Has, "customer").and(Filter::is("kind", "organisation"));
    let worth = |key, filter: Filter, down| BuiltIn::new(key, filter).sort("profit", down).columns(&FIGURES);
    vec![
        worth("customers", customers(), true),
        worth("mine", customers().and(Filter::is("owner_id", "me")), true),
        worth("gold", Filter::is("tier", "gold"), true),
        worth(
            "silent",
            customers().and(Filter::field("silent_on", Op::Lt, "today")),
            true,
        ),
        worth("losing", Filter::field("profit", Op::Lt, 0), false),
        BuiltIn::new(
            "prospects",
            Filter::field("roles", Op::Has, "prospect").and(Filter::is("kind", "organisation")),
        )
        .columns(&["status", "industry", "source", "owner_id", "updated_at"]),
        BuiltIn::new("people", Filter::is("kind", "person"))
            .sort("name", false)
            .columns(&["job_title", "phone", "email", "owner_id"]),
    ]
}

/// The record type `relation`: one party to another.
pub(crate) fn relation() -> RecordType {
    use FieldKind as K;
    let fields = vec![
        Field::new("from_id", K::Ref("party"))
            .required()
            .unsorted()
            .column()
            .aliases(&["从", "甲方", "from", "from party"]),
        Field::new("to_id", K::Ref("party"))
            .required()
            .unsorted()
            .column()
            .aliases(&["到", "乙方", "to", "to party"]),
        Field::new("kind", K::Choice(RELATIONS))
            .required()
            .default("employs")
            .unsorted()
            .column()
            .aliases(&["关系", "关系类型", "relation", "relationship"]),
        Field::new("title", K::Text)
            .unsorted()
            .column()
            .aliases(&["职务", "说明", "position"]),
        Field::new("since_on", K::Date)
            .unsorted()
            .column()
            .aliases(&["开始", "起始日期", "since", "from date"]),
        Field::new("until_on", K::Date)
            .unsorted()
            .column()
            .aliases(&["结束", "终止日期", "until", "to date"]),
    ];
    RecordType {
        title: "title",
        icon: "users",
        scope: Scope::Party("from_id"),
        party: Some("from_id"),
        pages: false,
        hooks: Arc::new(RelationHooks),
        ..RecordType::new("relation", "party_relation", "/relations", 13, fields)
    }
}
