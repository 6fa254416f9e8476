//! Contracts with their plan of payments.

use super::hooks::{ContractHooks, PlanHooks};
use std::sync::Arc;
use zhike_contract::Approvals;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, EventKind, Field, FieldKind, Migration, RecordType, Scope, Search};

/// States, in order.
pub(crate) const STATUSES: &[&str] = &[
    "draft",
    "approval",
    "approved",
    "active",
    "ended",
    "terminated",
    "superseded",
];
const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "sales_contract_0001",
    up: &[
        "CREATE TABLE sales_contract (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, name TEXT NOT NULL, party_id BIGINT NOT NULL, other_id BIGINT, owner_id BIGINT, \
         deal_id BIGINT, quote_id BIGINT, status TEXT NOT NULL, signed_on TEXT, starts_on TEXT, ends_on TEXT, auto_renew BOOLEAN, \
         renew_months BIGINT, notice_days BIGINT, notice_on TEXT, value BIGINT, currency TEXT NOT NULL, terms TEXT, note TEXT, \
         revision BIGINT NOT NULL, previous_id BIGINT, reminded_for TEXT)",
        "CREATE INDEX sales_contract_ends ON sales_contract (ends_on, id)",
        "CREATE INDEX sales_contract_notice ON sales_contract (notice_on, id)",
        "CREATE INDEX sales_contract_starts ON sales_contract (starts_on, id)",
        "CREATE INDEX sales_contract_signed ON sales_contract (signed_on, id)",
        "CREATE INDEX sales_contract_updated ON sales_contract (updated_at, id)",
        "CREATE INDEX sales_contract_created ON sales_contract (created_at, id)",
        "CREATE INDEX sales_contract_number ON sales_contract (number, id)",
        "CREATE INDEX sales_contract_name ON sales_contract (name, id)",
        "CREATE INDEX sales_contract_value ON sales_contract (value, id)",
        "CREATE INDEX sales_contract_status ON sales_contract (status, ends_on, id)",
        "CREATE INDEX sales_contract_party ON sales_contract (party_id, ends_on, id)",
        "CREATE INDEX sales_contract_owner ON sales_contract (owner_id, ends_on, id)",
        "CREATE TABLE sales_contract_plan (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, contract_id BIGINT NOT NULL REFERENCES sales_contract (id), due_on TEXT NOT NULL, amount BIGINT NOT NULL, \
         condition TEXT, currency TEXT, invoice_id BIGINT)",
        "CREATE INDEX sales_contract_plan_contract ON sales_contract_plan (contract_id, due_on, id)",
        "CREATE INDEX sales_contract_plan_due ON sales_contract_plan (due_on, id)",
        "CREATE INDEX sales_contract_plan_updated ON sales_contract_plan (updated_at, id)",
    ],
}];

/// Contract and line of its plan.
pub(crate) fn types(approvals: &Arc<dyn Approvals>) -> Vec<RecordType> {
    vec![contract(approvals), plan(approvals)]
}

fn contract(approvals: &Arc<dyn Approvals>) -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["contract", "contract name", "合同", "合同名称"]),
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["contract number", "合同编号"]),
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted()
            .aliases(&["customer", "客户"]),
        Field::new("other_id", FieldKind::Ref("party")).unsorted(),
        Field::new("owner_id", FieldKind::User)
            .column()
            .unsorted()
            .aliases(&["owner", "负责人", "业务员"]),
        Field::new("deal_id", FieldKind::Ref("deal")).unsorted(),
        Field::new("quote_id", FieldKind::Ref("quote")).unsorted(),
        Field::new("status", FieldKind::Choice(STATUSES))
            .computed()
            .default("draft")
            .column()
            .unsorted(),
        Field::new("signed_on", FieldKind::Date).computed().group("term"),
        Field::new("starts_on", FieldKind::Date)
            .group("term")
            .aliases(&["start", "开始日期", "生效日期"]),
        Field::new("ends_on", FieldKind::Date)
            .column()
            .group("term")
            .aliases(&["end", "结束日期", "到期日"]),
        Field::new("auto_renew", FieldKind::Bool)
            .default("no")
            .unsorted()
            .group("term")
            .aliases(&["auto renewal", "自动续期"]),
        Field::new("renew_months", FieldKind::Int).unsorted().group("term"),
        Field::new("notice_days", FieldKind::Int)
            .unsorted()
            .group("term")
            .aliases(&["notice", "通知期"]),
        Field::new("notice_on", FieldKind::Date)
            .computed()
            .column()
            .group("term"),
        Field::new("value", MONEY)
            .column()
            .group("money")
            .aliases(&["value", "amount", "合同金额"]),
        Field::new("currency", FieldKind::Currency)
            .unsorted()
            .group("money")
            .aliases(&["currency", "币种"]),
        Field::new("terms", FieldKind::Long).group("more"),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "备注"]),
        Field::new("revision", FieldKind::Int).computed().unsorted(),
        Field::new("previous_id", FieldKind::Ref("contract"))
            .computed()
            .unsorted(),
    ];
    let active = || Filter::is("status", "active");
    RecordType {
        icon: "license",
        title: "name",
        subtitle: Some("number"),
        number: Some(("contract", "HT-")),
        scope: Scope::OwnerOrParty("owner_id", "party_id"),
        party: Some("party_id"),
        lines: Some("contract_plan"),
        views: vec![
            BuiltIn::new("active", Filter::All(vec![active()])).sort("ends_on", false),
            BuiltIn::new(
                "expiring",
                Filter::All(vec![active(), Filter::field("notice_on", Op::Le, "today")]),
            )
            .sort("ends_on", false),
            BuiltIn::new("mine", Filter::is("owner_id", "me")).sort("ends_on", false),
        ],
        order: ("updated_at", true),
        hooks: Arc::new(ContractHooks(approvals.clone())),
        exact: true,
        ..RecordType::new("contract", "sales_contract", "/contracts", 45, fields)
    }
}

fn plan(approvals: &Arc<dyn Approvals>) -> RecordType {
    let fields = vec![
        Field::new("condition", FieldKind::Text)
            .unsorted()
            .aliases(&["condition", "付款条件"]),
        Field::new("contract_id", FieldKind::Ref("contract"))
            .required()
            .unsorted()
            .aliases(&["contract", "合同编号"]),
        Field::new("due_on", FieldKind::Date)
            .required()
            .aliases(&["due", "付款日期"]),
        Field::new("amount", MONEY)
            .required()
            .unsorted()
            .aliases(&["amount", "金额"]),
        Field::new("currency", FieldKind::Currency).computed().unsorted(),
        Field::new("invoice_id", FieldKind::Ref("invoice"))
            .computed()
            .unsorted(),
    ];
    RecordType {
        icon: "calendar-event",
        title: "condition",
        scope: Scope::Parent("contract", "contract_id"),
        parent: Some(("contract", "contract_id")),
        order: ("due_on", false),
        pages: false,
        hooks: Arc::new(PlanHooks(approvals.clone())),
        ..RecordType::new("contract_plan", "sales_contract_plan", "/contract-plans", 46, fields)
    }
}

/// Events beyond those of the types.
pub(crate) fn events() -> Vec<EventKind> {
    ["activated", "terminated", "ended", "renewed", "renewal_due", "revised"]
        .iter()
        .map(|what| EventKind {
            name: format!("contract.{what}.v1"),
            reason: "read on the contract, the customer's timeline and in the audit",
        })
        .collect()
}
