//! Record types and tables of the catalogue.

use crate::hooks::{CategoryHooks, ProductHooks};
use std::sync::Arc;
use zhike_store::{Field, FieldKind, Migration, RecordType, Search};

/// Kinds of product.
pub(crate) const KINDS: &[&str] = &["goods", "service", "digital"];
const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, crate::tables::SECOND];

const FIRST: Migration = Migration {
    name: "catalog_0001",
    up: &[
        "CREATE TABLE catalog_category (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, code TEXT, name TEXT NOT NULL, name_latin TEXT, parent_id BIGINT REFERENCES catalog_category (id), \
         margin_rate BIGINT)",
        "CREATE INDEX catalog_category_updated ON catalog_category (updated_at, id)",
        "CREATE INDEX catalog_category_name ON catalog_category (name, id)",
        "CREATE INDEX catalog_category_code ON catalog_category (code, id)",
        "CREATE INDEX catalog_category_parent ON catalog_category (parent_id)",
        "CREATE TABLE catalog_product (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, sku TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, category_id BIGINT REFERENCES catalog_category (id), \
         kind TEXT NOT NULL, unit TEXT, price BIGINT, cost BIGINT, currency TEXT, active BOOLEAN NOT NULL, description TEXT)",
        "CREATE INDEX catalog_product_updated ON catalog_product (updated_at, id)",
        "CREATE INDEX catalog_product_created ON catalog_product (created_at, id)",
        "CREATE INDEX catalog_product_name ON catalog_product (name, id)",
        "CREATE INDEX catalog_product_latin ON catalog_product (name_latin, id)",
        "CREATE INDEX catalog_product_sku ON catalog_product (sku, id)",
        "CREATE INDEX catalog_product_category ON catalog_product (category_id, name, id)",
        "CREATE INDEX catalog_product_price ON catalog_product (price, id)",
        "CREATE TABLE catalog_cost (product_id BIGINT NOT NULL REFERENCES catalog_product (id) ON DELETE CASCADE, from_on TEXT NOT NULL, \
         cost BIGINT, PRIMARY KEY (product_id, from_on))",
    ],
};

/// Periods of a service plan.
pub(crate) const PERIODS: &[&str] = &["month", "quarter", "year"];

/// Category, product and what hangs on them.
pub(crate) fn types() -> Vec<RecordType> {
    let mut all = vec![category(), product()];
    all.extend(crate::types::all());
    all
}

fn category() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["category", "category name", "类别", "品类", "分类名称"]),
        Field::new("name_latin", FieldKind::Text)
            .search(Search::Name)
            .unsorted(),
        Field::new("code", FieldKind::Text)
            .unique()
            .column()
            .search(Search::Code)
            .aliases(&["category code", "categorycode", "类别编码", "分类编码"]),
        Field::new("parent_id", FieldKind::Ref("category"))
            .column()
            .unsorted()
            .aliases(&["parent", "上级", "上级类别"]),
        Field::new("margin_rate", FieldKind::Rate)
            .needs("cost.view")
            .column()
            .unsorted()
            .aliases(&["margin", "gross margin", "毛利率", "假定毛利率"]),
    ];
    RecordType {
        icon: "category",
        title: "name",
        subtitle: Some("code"),
        order: ("name", false),
        hooks: Arc::new(CategoryHooks),
        ..RecordType::new("category", "catalog_category", "/categories", 3, fields)
    }
}

fn product() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&[
                "product",
                "product name",
                "productname",
                "item",
                "item name",
                "description1",
                "品名",
                "产品",
                "产品名称",
                "商品",
                "商品名称",
                "货品名称",
            ]),
        Field::new("name_latin", FieldKind::Text).search(Search::Name),
        Field::new("sku", FieldKind::Text)
            .required()
            .unique()
            .column()
            .search(Search::Code)
            .aliases(&[
                "sku",
                "stockcode",
                "stock code",
                "productcode",
                "product code",
                "product id",
                "productid",
                "product_id",
                "item code",
                "item no",
                "itemcode",
                "article",
                "产品编码",
                "产品编号",
                "商品编码",
                "型号",
                "产品型号",
                "规格型号",
                "商品编号",
                "物料编码",
                "货号",
                "款号",
            ]),
        Field::new("category_id", FieldKind::Ref("category"))
            .column()
            .unsorted()
            .aliases(&[
                "category",
                "product category",
                "产品类别",
                "产品分类",
                "品类",
                "类别",
                "分类",
            ]),
        Field::new("kind", FieldKind::Choice(KINDS)).default("goods").unsorted(),
        Field::new("unit", FieldKind::Text)
            .unsorted()
            .aliases(&["unit", "uom", "单位", "计量单位"]),
        Field::new("price", MONEY).column().group("money").aliases(&[
            "price",
            "list price",
            "unit price",
            "单价",
            "售价",
            "标价",
        ]),
        Field::new("cost", MONEY)
            .column()
            .unsorted()
            .group("money")
            .needs("cost.view")
            .aliases(&["cost", "unit cost", "standard cost", "成本", "成本价", "进价", "采购价"]),
        Field::new("currency", FieldKind::Currency)
            .unsorted()
            .group("money")
            .aliases(&["currency", "币种", "货币"]),
        Field::new("tax_class_id", FieldKind::Ref("tax_class"))
            .unsorted()
            .group("money")
            .aliases(&["tax class", "税类"]),
        Field::new("active", FieldKind::Bool).default("yes").unsorted(),
        Field::new("configurable", FieldKind::Bool)
            .default("no")
            .unsorted()
            .group("sold"),
        Field::new("template_id", FieldKind::Ref("product"))
            .unsorted()
            .group("sold")
            .aliases(&["template", "variant of", "所属款式"]),
        Field::new("recurring", FieldKind::Choice(PERIODS))
            .unsorted()
            .group("sold")
            .aliases(&["billing period", "recurring", "计费周期"]),
        Field::new("term_months", FieldKind::Int)
            .unsorted()
            .group("sold")
            .aliases(&["minimum term", "最短期限"]),
        Field::new("description", FieldKind::Long).aliases(&["remarks", "说明", "描述", "备注"]),
    ];
    RecordType {
        icon: "package",
        pictures: true,
        title: "name",
        subtitle: Some("sku"),
        order: ("name", false),
        hooks: Arc::new(ProductHooks),
        ..RecordType::new("product", "catalog_product", "/products", 2, fields)
    }
}
