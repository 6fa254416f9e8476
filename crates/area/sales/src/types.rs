//! The record types: pipeline, stage, deal, and a deal's moves from stage to stage.

use crate::deal::criteria::NEEDS;
use crate::hooks::{DealRules, MoveRules, PipelineRules, StageRules};
use std::sync::Arc;
use zhike_kernel::{Filter, Op};
use zhike_store::{BuiltIn, Field, FieldKind, RecordType, Relation, Scope, field::Search};

/// What a stage means for a deal that stands in it.
pub const KINDS: &[&str] = &["open", "won", "lost"];

/// A deal without a day of closing is under way: the rules see to that.
fn open() -> Filter {
    Filter::All(vec![Filter::Field {
        field: "closed_on".to_owned(),
        op: Op::Empty,
        values: vec![],
    }])
}

fn amount() -> FieldKind {
    FieldKind::Money {
        currency: Some("currency"),
    }
}

/// All four.
pub fn all() -> Vec<RecordType> {
    vec![deal(), pipeline(), stage(), stage_move()]
}

fn pipeline() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["pipeline", "管道", "销售流程"]),
        Field::new("name_latin", FieldKind::Text).column().search(Search::Name),
        Field::new("active", FieldKind::Bool).default("yes").column(),
    ];
    RecordType {
        icon: "filter",
        subtitle: Some("name_latin"),
        order: ("name", false),
        hooks: Arc::new(PipelineRules),
        ..RecordType::new("pipeline", "sales_pipeline", "/pipelines", 9, fields)
    }
}

fn stage() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&["stage", "阶段"]),
        Field::new("name_latin", FieldKind::Text).column().search(Search::Name),
        Field::new("pipeline_id", FieldKind::Ref("pipeline"))
            .required()
            .column()
            .aliases(&["pipeline", "销售流程"]),
        Field::new("position", FieldKind::Int)
            .column()
            .aliases(&["order", "顺序", "序号"]),
        Field::new("probability", FieldKind::Rate)
            .column()
            .aliases(&["probability", "概率", "成交概率"]),
        Field::new("kind", FieldKind::Choice(KINDS)).default("open").column(),
        Field::new("needs", FieldKind::Many(NEEDS)).unsorted(),
        Field::new("limit_days", FieldKind::Int).unsorted(),
    ];
    RecordType {
        icon: "layout-kanban",
        subtitle: Some("name_latin"),
        order: ("position", false),
        pages: false,
        hooks: Arc::new(StageRules),
        ..RecordType::new("stage", "sales_stage", "/stages", 10, fields)
    }
}

fn stage_move() -> RecordType {
    let fields = vec![
        Field::new("moved_on", FieldKind::Date)
            .required()
            .column()
            .aliases(&["moved_on", "移动日期", "日期"]),
        Field::new("deal_id", FieldKind::Ref("deal"))
            .required()
            .column()
            .aliases(&["deal", "opportunity_id", "商机", "商机编号"]),
        Field::new("from_id", FieldKind::Ref("stage"))
            .column()
            .aliases(&["from", "原阶段"]),
        Field::new("to_id", FieldKind::Ref("stage"))
            .required()
            .column()
            .aliases(&["to", "stage", "新阶段", "阶段"]),
    ];
    RecordType {
        icon: "history",
        scope: Scope::Parent("deal", "deal_id"),
        parent: Some(("deal", "deal_id")),
        order: ("moved_on", true),
        pages: false,
        hooks: Arc::new(MoveRules),
        ..RecordType::new("stage_move", "sales_stage_move", "/stage-moves", 15, fields)
    }
}

/// Stage, pipeline and day of entry are always there; they are not marked as required because the rules fill them, so
/// that a form or a file may leave them out.
fn deal() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number)
            .column()
            .search(Search::Code)
            .aliases(&["deal number", "商机编号", "编号"]),
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name)
            .aliases(&[
                "deal",
                "opportunity",
                "opportunity name",
                "deal name",
                "商机",
                "商机名称",
                "项目",
                "项目名称",
            ]),
        Field::new("name_latin", FieldKind::Text)
            .unsorted()
            .search(Search::Name)
            .aliases(&["英文名称", "latin name", "english name"]),
        Field::new("party_id", FieldKind::Ref("party")).column().aliases(&[
            "account",
            "account name",
            "company",
            "customer",
            "客户",
            "客户名称",
            "公司",
        ]),
        Field::new("amount", amount()).column().aliases(&[
            "close_value",
            "close value",
            "value",
            "deal value",
            "opportunity value",
            "金额",
            "商机金额",
            "预计金额",
            "成交金额",
        ]),
        Field::new("currency", FieldKind::Currency).aliases(&["currency", "币种"]),
        Field::new("pipeline_id", FieldKind::Ref("pipeline")).aliases(&["pipeline", "销售流程"]),
        Field::new("stage_id", FieldKind::Ref("stage")).column().aliases(&[
            "deal_stage",
            "deal stage",
            "stage",
            "sales stage",
            "阶段",
            "商机阶段",
            "销售阶段",
        ]),
        Field::new("owner_id", FieldKind::User).column().aliases(&[
            "sales_agent",
            "sales agent",
            "owner",
            "salesperson",
            "负责人",
            "销售",
            "业务员",
        ]),
        Field::new("expected_on", FieldKind::Date).column().aliases(&[
            "expected close",
            "expected close date",
            "expected_close_date",
            "预计成交日期",
            "预计成交",
        ]),
        Field::new("entered_on", FieldKind::Date).group("history").aliases(&[
            "engage_date",
            "engage date",
            "created date",
            "opened",
            "开始日期",
            "进入日期",
            "接触日期",
        ]),
        Field::new("closed_on", FieldKind::Date).group("history").aliases(&[
            "close_date",
            "close date",
            "closed date",
            "成交日期",
            "关闭日期",
            "结束日期",
        ]),
        Field::new("next_step", FieldKind::Text)
            .column()
            .group("next")
            .aliases(&["next step", "下一步"]),
        Field::new("next_step_on", FieldKind::Date)
            .column()
            .group("next")
            .aliases(&["next step date", "下一步日期"]),
        Field::new("product_id", FieldKind::Ref("product"))
            .group("more")
            .aliases(&["product", "产品", "意向产品"]),
        Field::new("source", FieldKind::Text)
            .group("more")
            .aliases(&["lead source", "来源", "商机来源"]),
        Field::new("competitor", FieldKind::Text)
            .group("more")
            .aliases(&["competitor", "竞争对手", "竞品"]),
        Field::new("reason_id", FieldKind::Ref("reason"))
            .unsorted()
            .group("more")
            .aliases(&[
                "loss reason",
                "lost reason",
                "win reason",
                "lost_reason",
                "输单原因",
                "丢单原因",
                "赢单原因",
                "输赢原因",
            ]),
        Field::new("external_key", FieldKind::Text)
            .group("more")
            .search(Search::Code)
            .unique()
            .aliases(&["opportunity_id", "opportunity id", "deal_id", "deal id", "原系统编号"]),
        Field::new("note", FieldKind::Long)
            .group("more")
            .aliases(&["note", "notes", "备注"]),
        Field::new("stage_since_on", FieldKind::Date).computed(),
        Field::new("position", FieldKind::Int).computed().internal(),
    ];
    RecordType {
        icon: "chart-funnel",
        title: "name",
        subtitle: Some("number"),
        number: Some(("deal", "D-")),
        scope: Scope::OwnerOrParty("owner_id", "party_id"),
        party: Some("party_id"),
        // As a relation the moves can be asked about in filters, and they go when an imported deal is taken back.
        relations: vec![
            Relation {
                name: "move",
                table: "sales_stage_move",
                key: "deal_id",
                fields: vec![
                    Field::new("to_id", FieldKind::Ref("stage")),
                    Field::new("from_id", FieldKind::Ref("stage")),
                    Field::new("moved_on", FieldKind::Date),
                ],
            },
            Relation {
                name: "line",
                table: "sales_deal_line",
                key: "deal_id",
                fields: vec![Field::new("product_id", FieldKind::Ref("product"))],
            },
            crate::rival::schema::relation(),
            Relation {
                name: "person",
                table: "sales_deal_person",
                key: "deal_id",
                fields: vec![
                    Field::new("party_id", FieldKind::Ref("party")),
                    Field::new("stance", FieldKind::Choice(crate::deal::STANCES)),
                ],
            },
        ],
        views: vec![
            BuiltIn::new("open", open()).sort("amount", true),
            BuiltIn::new("mine", open().and(Filter::is("owner_id", "me"))).sort("next_step_on", false),
            BuiltIn::new("late", open().and(Filter::field("next_step_on", Op::Lt, "today")))
                .sort("next_step_on", false),
        ],
        order: ("updated_at", true),
        hooks: Arc::new(DealRules),
        ..RecordType::new("deal", "sales_deal", "/deals", 8, fields)
    }
}
