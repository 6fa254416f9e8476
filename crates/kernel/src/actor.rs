//! Who acts, through which door, and how far their sight reaches.

use serde::{Deserialize, Serialize};

/// The part a user plays. It decides which actions are allowed; [`Reach`] decides on which records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sets the house up: users, rights, models, everything.
    Administrator,
    /// Leads people: sees the team, reassigns, edits models.
    Manager,
    /// Owns customers and deals.
    Salesperson,
    /// Answers customers; reads everything, edits parties.
    Service,
    /// Reads everything, runs and edits analyses.
    Analyst,
}

impl Role {
    /// All roles, in the order in which they are offered.
    pub const ALL: [Role; 5] = [
        Role::Administrator,
        Role::Manager,
        Role::Salesperson,
        Role::Service,
        Role::Analyst,
    ];

    /// The word kept in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Manager => "manager",
            Role::Salesperson => "salesperson",
            Role::Service => "service",
            Role::Analyst => "analyst",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name)
    }

    /// How far a user of this role sees unless the administrator says otherwise.
    pub fn usual_reach(self) -> Reach {
        match self {
            Role::Administrator | Role::Service | Role::Analyst => Reach::All,
            Role::Manager => Reach::Team,
            Role::Salesperson => Reach::Own,
        }
    }

    /// May this role do `permission`? Permissions are `subject.action`; the actions that every record
    /// type knows are `view`, `create`, `edit`, `archive`, `export`, `import`; others are named by their area.
    pub fn may(self, permission: &str) -> bool {
        let (subject, action) = permission.rsplit_once('.').unwrap_or((permission, ""));
        // Who may write a document may write its lines.
        let subject = match subject {
            "order_line" => "order",
            "invoice_line" => "invoice",
            "shipment_line" => "shipment",
            "allocation" => "payment",
            "portal_account" => "party",
            "stage_move" | "deal_line" | "deal_person" | "deal_rival" => "deal",
            "lead_share" => "lead_rule",
            "price_book" | "price_entry" | "product_unit" | "tax_class" | "tax_class_rate" | "option_group"
            | "product_option" | "option_rule" | "bundle_part" | "product_axis" => "product",
            "warehouse" | "stock_item" | "stock_move" | "incoming" => "stock",
            "price_seen" | "rival_profile" | "loss" => "supply",
            "quote_line" => "quote",
            "contract_plan" => "contract",
            "approval_level" => "approval_flow",
            "dunning_level" | "dunning_block" => "dunning",
            "process" | "case_cause" | "remedy" | "remedy_limit" | "holiday" => "service",
            // Whoever sets up the house sets up its mailboxes.
            "mailbox" | "switchboard" | "channel_account" => "system",
            "call_item" => "call_list",
            "letter_batch" => "letter",
            // Dashboards and segments are made by whoever makes analyses.
            "dashboard" | "segment" => "analysis",
            // Whoever sets up the levels of the relationship writes their rules.
            "care_rule" => "care",
            other => other,
        };
        // Messages come from what has something to say: nobody writes, changes or removes one by hand. A conversation
        // begins with a contact, a call with a telephone, an alarm with a silence.
        if subject == "message" && !matches!(action, "view" | "export" | "recall")
            || matches!(subject, "conversation" | "call" | "cart" | "alarm" | "suggestion")
                && matches!(action, "create" | "import")
            || subject == "letter" && !matches!(action, "view" | "export" | "print" | "answer")
        {
            return false;
        }
        match self {
            Role::Administrator => true,
            Role::Manager => {
                !matches!(subject, "user" | "team" | "token" | "audit" | "system") || permission == "token.own"
            }
            Role::Salesperson => match subject {
                "shipment" => matches!(action, "view" | "create" | "edit" | "export"),
                "consent" | "opt_out" => matches!(action, "view" | "create" | "edit" | "export"),
                "preference" => matches!(action, "view" | "edit"),
                "message" => matches!(action, "view" | "export" | "recall"),
                "letter" => matches!(action, "view" | "export" | "answer"),
                "gate" | "topic" => action == "view",
                "party" | "relation" | "deal" | "order" | "rating" | "service_use" | "lead" => {
                    matches!(action, "view" | "create" | "edit" | "archive" | "export")
                }
                "product" | "category" | "invoice" | "payment" | "credit_note" | "write_off" | "pipeline" | "stage"
                | "stock" | "dunning" => {
                    matches!(action, "view" | "export")
                }
                "task" | "supply" => matches!(action, "view" | "create" | "edit" | "archive" | "export"),
                "measure" | "care_level" => matches!(action, "view" | "create" | "edit" | "export"),
                "care" => action == "view",
                "enrolment" => matches!(action, "view" | "export"),
                "reason" | "service" | "article" | "incident" | "canned_answer" => action == "view",
                "case" | "improvement" | "conversation" | "interaction" | "call" | "bad_experience" => {
                    matches!(action, "view" | "create" | "edit" | "export")
                }
                "call_list" | "analysis" => matches!(action, "view" | "create" | "edit" | "archive" | "export"),
                "cart" | "alarm" | "suggestion" => matches!(action, "view" | "edit" | "export"),
                "recording" => action == "view",
                "pool" => matches!(action, "view" | "claim"),
                "quote" | "contract" => matches!(action, "view" | "create" | "edit" | "archive" | "export"),
                "view" | "funnel" | "value" | "approval" => matches!(action, "view" | "own"),
                "profit" | "credit" | "contact" => action == "view",
                "token" => action == "own",
                _ => false,
            },
            Role::Service => match subject {
                "consent" | "opt_out" => matches!(action, "view" | "create" | "edit" | "export"),
                "preference" => matches!(action, "view" | "edit"),
                "message" => matches!(action, "view" | "export" | "recall"),
                "letter" => matches!(action, "view" | "export" | "print" | "answer"),
                "gate" | "topic" => action == "view",
                "task" | "supply" => matches!(action, "view" | "create" | "edit" | "archive" | "export"),
                "conversation" | "interaction" | "canned_answer" | "call" | "call_list" | "analysis" => {
                    matches!(action, "view" | "create" | "edit" | "archive" | "export")
                }
                "recording" => action == "view",
                "call_event" => action == "write",
                "party" | "relation" | "service_use" | "lead" | "case" | "improvement" | "incident" | "article"
                | "bad_experience" => {
                    matches!(action, "view" | "create" | "edit" | "export")
                }
                "service" | "cart" | "care" | "care_level" | "enrolment" => action == "view",
                "suggestion" => matches!(action, "view" | "edit"),
                "product" | "category" | "order" | "invoice" | "payment" | "credit_note" | "write_off" | "deal"
                | "pipeline" | "stage" | "reason" | "stock" | "shipment" => action == "view",
                "quote" | "contract" | "contact" => action == "view",
                "view" | "approval" => matches!(action, "view" | "own"),
                "token" => action == "own",
                _ => false,
            },
            Role::Analyst => {
                matches!(action, "view" | "export" | "own")
                    && !matches!(
                        subject,
                        "user"
                            | "team"
                            | "audit"
                            | "system"
                            | "contact"
                            | "conversation"
                            | "interaction"
                            | "call"
                            | "call_list"
                            | "recording"
                    )
                    || matches!(permission, "value.refresh" | "value.edit" | "rating.edit" | "care.edit")
                    || subject == "analysis" && matches!(action, "create" | "edit" | "archive")
                    || matches!(permission, "task.create" | "task.edit" | "task.archive")
                    || matches!(permission, "measure.create" | "measure.edit")
            }
        }
    }
}

/// Which records a user sees, told by the owner of the record or of its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Only records the user owns.
    Own,
    /// Records owned by anyone in the user's team.
    Team,
    /// Every record.
    All,
}

impl Reach {
    /// All reaches, narrowest first.
    pub const ALL: [Reach; 3] = [Reach::Own, Reach::Team, Reach::All];

    /// The word kept in the database.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Own => "own",
            Reach::Team => "team",
            Reach::All => "all",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Option<Reach> {
        Reach::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// The way by which a change came in; kept with every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A web page.
    Page,
    /// The REST API.
    Api,
    /// An import file.
    Import,
    /// The command line.
    Cli,
    /// A background job.
    Job,
}

impl Door {
    /// As people and their programs write, not as files and jobs bring it from elsewhere.
    pub const fn by_hand(self) -> bool {
        matches!(self, Door::Page | Door::Api)
    }
    /// The word kept in the event log.
    pub fn name(self) -> &'static str {
        match self {
            Door::Page => "page",
            Door::Api => "api",
            Door::Import => "import",
            Door::Cli => "cli",
            Door::Job => "job",
        }
    }
}

/// Somebody (or a job) acting.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user, or `None` for the system itself.
    pub user: Option<i64>,
    /// Shown name.
    pub name: String,
    /// Role; the system acts as administrator.
    pub role: Role,
    /// How far the actor sees.
    pub reach: Reach,
    /// The users whose records count as the team's (with the actor), for [`Reach::Team`].
    pub team: Vec<i64>,
    /// A token may narrow the rights to reading.
    pub read_only: bool,
    /// A token may narrow the rights to these subjects; none: all that the role allows.
    pub only: Vec<String>,
}

impl Actor {
    /// The system: jobs, command line, demo.
    pub fn system() -> Actor {
        Actor {
            user: None,
            name: "Zhike".into(),
            role: Role::Administrator,
            reach: Reach::All,
            team: vec![],
            read_only: false,
            only: vec![],
        }
    }

    /// The one permission check for actions.
    pub fn may(&self, permission: &str) -> bool {
        let reads = permission.ends_with(".view") || permission.ends_with(".export");
        let subject = permission.rsplit_once('.').map_or(permission, |(subject, _)| subject);
        let within = self.only.is_empty() || self.only.iter().any(|o| o == subject);
        (reads || !self.read_only) && within && self.role.may(permission)
    }

    /// The owners whose records are seen, or `None` for everybody's.
    pub fn owners(&self) -> Option<Vec<i64>> {
        match self.reach {
            Reach::All => None,
            Reach::Own => Some(self.user.into_iter().collect()),
            Reach::Team => {
                let mut all = self.team.clone();
                all.extend(self.user);
                all.sort_unstable();
                all.dedup();
                Some(all)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salesperson_does_not_touch_users_or_models() {
        assert!(Role::Salesperson.may("party.edit"));
        assert!(!Role::Salesperson.may("user.view"));
        assert!(!Role::Salesperson.may("value.edit"));
        assert!(!Role::Salesperson.may("party.import"));
        assert!(Role::Salesperson.may("order_line.edit"));
        assert!(!Role::Salesperson.may("allocation.create"));
    }

    #[test]
    fn cost_profit_credit_and_contact_are_seen_by_whom_they_concern() {
        let who = |permission: &str| -> Vec<Role> { Role::ALL.into_iter().filter(|r| r.may(permission)).collect() };
        use Role::{Administrator, Analyst, Manager, Salesperson, Service};
        assert_eq!(who("cost.view"), [Administrator, Manager, Analyst]);
        assert_eq!(who("model.view"), [Administrator, Manager, Analyst]);
        assert_eq!(who("profit.view"), [Administrator, Manager, Salesperson, Analyst]);
        assert_eq!(who("credit.view"), [Administrator, Manager, Salesperson, Analyst]);
        assert_eq!(who("contact.view"), [Administrator, Manager, Salesperson, Service]);
    }

    #[test]
    fn a_read_only_token_never_writes() {
        let mut a = Actor::system();
        a.read_only = true;
        assert!(a.may("party.view"));
        assert!(!a.may("party.edit"));
    }

    #[test]
    fn a_narrow_token_opens_its_doors_only() {
        let mut a = Actor::system();
        a.only = vec!["inbound".into()];
        assert!(a.may("inbound.write") && a.may("inbound.view"));
        assert!(!a.may("party.view") && !a.may("token.own") && !a.may("system.view"));
        a.role = Role::Salesperson;
        assert!(!a.may("inbound.write"));
    }
}
