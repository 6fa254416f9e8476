//! The tables of this area, and what a new house begins with: processes, causes, remedies and limits.

use zhike_store::Migration;

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    CASES,
    RULES,
    SEEDS,
    crate::schema_more::MORE,
    crate::entry::TABLE,
    TRIES,
    crate::experience::TABLES,
    crate::worth::STEP,
    crate::beyond::compensate::TABLES,
    crate::beyond::compensate::BEYOND,
    crate::case::sale::TABLES,
];

/// Tries are counted by the store.
const TRIES: Migration = Migration {
    name: "service_tries",
    up: &["DROP TABLE service_visit"],
};

const CASES: Migration = Migration {
    name: "service_0001",
    up: &[
        "CREATE TABLE service_case (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, party_id BIGINT, \
         contact_id BIGINT, contact_name TEXT, contact_email TEXT, contact_phone TEXT, language TEXT, description TEXT, urgency TEXT NOT NULL, \
         severity TEXT NOT NULL, product_id BIGINT, order_id BIGINT, shipment_id BIGINT, batch TEXT, channel TEXT NOT NULL, region TEXT, \
         tier TEXT, process_id BIGINT, process_version BIGINT, step TEXT, round BIGINT, handler_id BIGINT, due_at BIGINT, late BOOLEAN NOT NULL, \
         promise_at BIGINT, opened_on TEXT NOT NULL, told_at BIGINT, closed_at BIGINT, verdict TEXT, stars BIGINT, cause_id BIGINT, factor TEXT, \
         responsible TEXT, responsible_party_id BIGINT, responsible_user_id BIGINT, solution TEXT, minutes BIGINT, cost BIGINT, external_key TEXT)",
        "CREATE INDEX service_case_updated ON service_case (updated_at, id)",
        "CREATE INDEX service_case_created ON service_case (created_at, id)",
        "CREATE INDEX service_case_number ON service_case (number, id)",
        "CREATE INDEX service_case_subject ON service_case (subject, id)",
        "CREATE INDEX service_case_opened ON service_case (opened_on, id)",
        "CREATE INDEX service_case_due ON service_case (due_at, id)",
        "CREATE INDEX service_case_closed ON service_case (closed_at, id)",
        "CREATE INDEX service_case_handler ON service_case (handler_id, status, due_at)",
        "CREATE INDEX service_case_status ON service_case (status, due_at, id)",
        "CREATE INDEX service_case_party ON service_case (party_id, opened_on, id)",
        "CREATE INDEX service_case_batch ON service_case (product_id, batch, id)",
        "CREATE INDEX service_case_shipment ON service_case (shipment_id) WHERE shipment_id IS NOT NULL",
        "CREATE UNIQUE INDEX service_case_external ON service_case (external_key) WHERE external_key IS NOT NULL AND archived_at IS NULL",
        // One loop: from a solution sought to the customer's word about it.
        "CREATE TABLE service_round (id {pk}, case_id BIGINT NOT NULL, number BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT, \
         solution TEXT, cause_id BIGINT, factor TEXT, responsible TEXT, responsible_party_id BIGINT, responsible_user_id BIGINT, \
         solved_at BIGINT, solved_by BIGINT, told_at BIGINT, told_by BIGINT, channel TEXT, message_id BIGINT, answer_by BIGINT, warn_at BIGINT, \
         warned_at BIGINT, verdict TEXT, stars BIGINT, words TEXT, verdict_at BIGINT)",
        "CREATE UNIQUE INDEX service_round_case ON service_round (case_id, number)",
        "CREATE INDEX service_round_answer ON service_round (answer_by) WHERE answer_by IS NOT NULL",
        // A step that was begun, with its clock.
        "CREATE TABLE service_step (id {pk}, case_id BIGINT NOT NULL, round BIGINT NOT NULL, process_id BIGINT NOT NULL, step TEXT NOT NULL, act TEXT NOT NULL, \
         name TEXT NOT NULL, name_latin TEXT NOT NULL, user_id BIGINT, role TEXT, started_at BIGINT NOT NULL, due_at BIGINT, minutes BIGINT, \
         alarm_at BIGINT, escalate_at BIGINT, alarmed_at BIGINT, escalated_at BIGINT, ended_at BIGINT, ended_by BIGINT, outcome TEXT, body TEXT, note TEXT)",
        "CREATE INDEX service_step_case ON service_step (case_id, id)",
        "CREATE INDEX service_step_way ON service_step (process_id, step, id)",
        "CREATE INDEX service_step_alarm ON service_step (alarm_at) WHERE ended_at IS NULL AND alarmed_at IS NULL",
        "CREATE INDEX service_step_escalate ON service_step (escalate_at) WHERE ended_at IS NULL AND escalated_at IS NULL",
        // One open step a case: two people cannot bring it on at once.
        "CREATE UNIQUE INDEX service_step_open ON service_step (case_id) WHERE ended_at IS NULL",
        "CREATE TABLE service_promise (id {pk}, case_id BIGINT NOT NULL, round BIGINT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, \
         channel TEXT NOT NULL, contact TEXT, note TEXT, by_customer BOOLEAN NOT NULL, made_by BIGINT, made_at BIGINT NOT NULL, state TEXT NOT NULL, \
         ended_at BIGINT, alarm_at BIGINT, alarmed_at BIGINT, outcome TEXT)",
        "CREATE INDEX service_promise_case ON service_promise (case_id, id)",
        "CREATE INDEX service_promise_open ON service_promise (alarm_at) WHERE state = 'open'",
        "CREATE TABLE service_granted (id {pk}, case_id BIGINT NOT NULL, round BIGINT NOT NULL, remedy_id BIGINT NOT NULL, name TEXT NOT NULL, \
         name_latin TEXT NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL, user_id BIGINT, at BIGINT NOT NULL)",
        "CREATE INDEX service_granted_case ON service_granted (case_id, round, id)",
        "CREATE INDEX service_granted_user ON service_granted (user_id, at)",
        "CREATE TABLE service_request (id {pk}, case_id BIGINT NOT NULL, round BIGINT NOT NULL, total BIGINT NOT NULL, per_case BIGINT, per_month BIGINT, \
         beyond BIGINT NOT NULL, asked_by BIGINT, role TEXT NOT NULL, asked_at BIGINT NOT NULL, state TEXT NOT NULL, decided_by BIGINT, decided_at BIGINT, note TEXT)",
        "CREATE INDEX service_request_case ON service_request (case_id, id)",
        "CREATE INDEX service_request_at ON service_request (asked_at, id)",
        "CREATE UNIQUE INDEX service_request_open ON service_request (case_id) WHERE state = 'open'",
        "CREATE TABLE service_time (id {pk}, case_id BIGINT NOT NULL, user_id BIGINT, minutes BIGINT NOT NULL, note TEXT, at BIGINT NOT NULL)",
        "CREATE INDEX service_time_case ON service_time (case_id, id)",
        // The customer's way in, without signing in.
        "CREATE TABLE service_link (id {pk}, case_id BIGINT NOT NULL UNIQUE, nonce TEXT NOT NULL, made_at BIGINT NOT NULL, opened_at BIGINT, opens BIGINT NOT NULL)",
        "CREATE TABLE service_visit (id {pk}, peer TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX service_visit_peer ON service_visit (peer, kind, at)",
    ],
};

const RULES: Migration = Migration {
    name: "service_0002",
    up: &[
        "CREATE TABLE service_process (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, kind TEXT NOT NULL, position BIGINT, active BOOLEAN NOT NULL, condition TEXT, draft TEXT, \
         published BIGINT, changed BOOLEAN NOT NULL)",
        "CREATE INDEX service_process_name ON service_process (name, id)",
        "CREATE INDEX service_process_position ON service_process (position, id)",
        "CREATE INDEX service_process_updated ON service_process (updated_at, id)",
        "CREATE INDEX service_process_created ON service_process (created_at, id)",
        "CREATE TABLE service_process_version (id {pk}, process_id BIGINT NOT NULL, number BIGINT NOT NULL, body TEXT NOT NULL, published_at BIGINT NOT NULL, user_id BIGINT)",
        "CREATE UNIQUE INDEX service_process_version_once ON service_process_version (process_id, number)",
        "CREATE TABLE service_cause (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, factor TEXT, responsible TEXT)",
        "CREATE INDEX service_cause_name ON service_cause (name, id)",
        "CREATE INDEX service_cause_updated ON service_cause (updated_at, id)",
        "CREATE INDEX service_cause_created ON service_cause (created_at, id)",
        "CREATE TABLE service_remedy (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, name_latin TEXT, kind TEXT NOT NULL, amount BIGINT NOT NULL, active BOOLEAN NOT NULL, note TEXT)",
        "CREATE INDEX service_remedy_name ON service_remedy (name, id)",
        "CREATE INDEX service_remedy_amount ON service_remedy (amount, id)",
        "CREATE INDEX service_remedy_updated ON service_remedy (updated_at, id)",
        "CREATE INDEX service_remedy_created ON service_remedy (created_at, id)",
        "CREATE TABLE service_limit (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         role TEXT NOT NULL, per_case BIGINT NOT NULL, per_month BIGINT NOT NULL)",
        "CREATE INDEX service_limit_updated ON service_limit (updated_at, id)",
        "CREATE INDEX service_limit_created ON service_limit (created_at, id)",
        "CREATE TABLE service_holiday (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         day TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, hours TEXT)",
        "CREATE INDEX service_holiday_day ON service_holiday (day, id)",
        "CREATE INDEX service_holiday_name ON service_holiday (name, id)",
        "CREATE INDEX service_holiday_updated ON service_holiday (updated_at, id)",
        "CREATE INDEX service_holiday_created ON service_holiday (created_at, id)",
    ],
};

/// A process of the delivery: position, kind, name, name in Latin letters, its steps.
macro_rules! process {
    ($position:literal, $kind:literal, $name:literal, $latin:literal, $file:literal) => {
        concat!(
            "INSERT INTO service_process (version, created_at, updated_at, name, name_latin, kind, position, active, draft, published, changed) VALUES (1, 0, 0, '",
            $name, "', '", $latin, "', '", $kind, "', ", $position, ", TRUE, '", include_str!($file), "', 1, FALSE)"
        )
    };
}

const SEEDS: Migration = Migration {
    name: "service_0003",
    up: &[
        process!(
            "10",
            "complaint",
            "投诉处理",
            "Complaint",
            "../processes/complaint.json"
        ),
        process!("20", "enquiry", "客户咨询", "Enquiry", "../processes/enquiry.json"),
        process!("30", "return", "退货", "Return", "../processes/return.json"),
        process!("40", "repair", "维修", "Repair", "../processes/repair.json"),
        process!(
            "50",
            "contract",
            "服务合同",
            "Service contract",
            "../processes/contract.json"
        ),
        process!(
            "60",
            "improvement",
            "改进建议",
            "Improvement request",
            "../processes/improvement.json"
        ),
        "INSERT INTO service_process_version (process_id, number, body, published_at) SELECT id, 1, draft, 0 FROM service_process",
        "INSERT INTO service_cause (version, created_at, updated_at, name, name_latin, factor, responsible) VALUES \
         (1, 0, 0, '产品质量缺陷', 'Product defect', 'basic', 'product'), \
         (1, 0, 0, '批次来料问题', 'Faulty batch', 'basic', 'batch'), \
         (1, 0, 0, '送货延误', 'Late delivery', 'dissatisfier', 'carrier'), \
         (1, 0, 0, '送货失败或破损', 'Failed or damaged delivery', 'dissatisfier', 'carrier'), \
         (1, 0, 0, '少发或错发', 'Short or wrong goods', 'basic', 'process'), \
         (1, 0, 0, '答复太慢', 'Slow answer', 'dissatisfier', 'process'), \
         (1, 0, 0, '服务态度', 'Manner of service', 'dissatisfier', 'person'), \
         (1, 0, 0, '账单或价格有误', 'Wrong bill or price', 'dissatisfier', 'process'), \
         (1, 0, 0, '使用不当', 'Handling by the customer', 'minor', 'customer')",
        "INSERT INTO service_remedy (version, created_at, updated_at, name, name_latin, kind, amount, active) VALUES \
         (1, 0, 0, '更换产品', 'Replacement', 'replacement', 120000, TRUE), \
         (1, 0, 0, '上门维修', 'Repair on site', 'service', 80000, TRUE), \
         (1, 0, 0, '减免费用', 'Waived fee', 'discount', 150000, TRUE), \
         (1, 0, 0, '退款', 'Refund', 'refund', 300000, TRUE), \
         (1, 0, 0, '补偿礼品', 'Gesture of goodwill', 'goodwill', 20000, TRUE)",
        "INSERT INTO service_limit (version, created_at, updated_at, role, per_case, per_month) VALUES \
         (1, 0, 0, 'service', 500000, 3000000), (1, 0, 0, 'salesperson', 200000, 1000000), (1, 0, 0, 'manager', 5000000, 20000000)",
    ],
};
