//! What a generated company consists of. Money is in minor units (fen), quantities in thousandths,
//! rates in parts per million; every cross reference is an index into a list of [`Company`].

use jiff::civil::Date;
use serde::Serialize;

use crate::money::{Allocation, Deal, Invoice, ManualRating, Payment, Pipeline};
use crate::truth::Truth;

/// Declares a fieldless enum together with its stable code.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// The stable code, as stored and exchanged.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

/// A short text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// A whole company: three years of business whose causes are known (see [`Truth`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Company {
    /// The first day of the history.
    pub start: Date,
    /// The last day of the history.
    pub as_of: Date,
    /// People who sign in.
    pub users: Vec<User>,
    /// Sales teams, one per group of regions.
    pub teams: Vec<Team>,
    /// Product categories.
    pub categories: Vec<Category>,
    /// Products and services sold.
    pub products: Vec<Product>,
    /// Organisations and persons. The first `Options::customers` of them are the customers.
    pub parties: Vec<Party>,
    /// Who works for, supplies, recommends or competes with whom.
    pub relations: Vec<Relation>,
    /// Orders and returns, by date.
    pub orders: Vec<Order>,
    /// Visits, calls and complaints, by date.
    pub service: Vec<ServiceUse>,
    /// Invoices and credit notes, by date.
    pub invoices: Vec<Invoice>,
    /// Receipts and refunds, by date.
    pub payments: Vec<Payment>,
    /// Which payment settles which invoice.
    pub allocations: Vec<Allocation>,
    /// Sales pipelines with their stages.
    pub pipelines: Vec<Pipeline>,
    /// Deals of the last eighteen months, by date.
    pub deals: Vec<Deal>,
    /// Grades given by the salespeople.
    pub manual_ratings: Vec<ManualRating>,
    /// What is true about the data, for checking analyses against.
    pub truth: Truth,
}

codes!(
    /// What a user may do.
    UserRole {
        /// Sets the system up.
        Administrator = "administrator",
        /// Leads teams.
        Manager = "manager",
        /// Sells.
        Salesperson = "salesperson",
        /// Serves customers on site and by phone.
        Service = "service",
        /// Reads and analyses.
        Analyst = "analyst",
    }
);

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Sign-in name, lower-case Latin.
    pub login: String,
    /// Name.
    pub name: String,
    /// Name in Latin letters.
    pub name_latin: String,
    /// E-mail address.
    pub email: String,
    /// Role.
    pub role: UserRole,
    /// Team, if any.
    pub team: Option<usize>,
}

/// A sales team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Name in both languages.
    pub name: Text,
    /// Region codes the team looks after.
    pub regions: Vec<&'static str>,
}

/// A product category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    /// Stable code.
    pub code: &'static str,
    /// Name in both languages.
    pub name: Text,
}

codes!(
    /// Goods or service.
    ProductKind {
        /// Shipped.
        Goods = "goods",
        /// Performed.
        Service = "service",
    }
);

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Stock keeping unit.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Name in Latin letters.
    pub name_latin: String,
    /// Category.
    pub category: usize,
    /// Unit code: `piece`, `set`, `visit`, `year`.
    pub unit: &'static str,
    /// List price without tax on the last day.
    pub list_price_minor: i64,
    /// Cost on the last day.
    pub cost_minor: i64,
    /// Goods or service.
    pub kind: ProductKind,
    /// Still sold.
    pub active: bool,
}

codes!(
    /// Organisation or person.
    PartyKind {
        /// A company or authority.
        Organisation = "organisation",
        /// A person.
        Person = "person",
    }
);

codes!(
    /// What a party is to the company.
    PartyRole {
        /// Buys.
        Customer = "customer",
        /// May buy.
        Prospect = "prospect",
        /// Delivers to the company.
        Supplier = "supplier",
        /// Sells or installs together with the company.
        Partner = "partner",
        /// Sells the same.
        Competitor = "competitor",
        /// A person at an organisation.
        Contact = "contact",
    }
);

/// An organisation or a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Unique number.
    pub number: String,
    /// Organisation or person.
    pub kind: PartyKind,
    /// Roles with the day each began, oldest first.
    pub roles: Vec<(PartyRole, Date)>,
    /// Name as written by the one who entered it.
    pub name: String,
    /// Name in Latin letters.
    pub name_latin: String,
    /// Industry code; empty for persons.
    pub industry: &'static str,
    /// Region code: `east`, `central`, `south`, `north`, `west`.
    pub region: &'static str,
    /// City.
    pub city: Text,
    /// Street address.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// E-mail, always at an `.example` domain.
    pub email: String,
    /// Website; empty for persons.
    pub website: String,
    /// Tax number with valid check digits; empty for persons.
    pub tax_number: String,
    /// Credit limit.
    pub credit_limit_minor: i64,
    /// Days until an invoice is due.
    pub payment_terms_days: i64,
    /// Number of employees; 0 for persons.
    pub employees: i64,
    /// Where the party came from: `fair`, `web`, `referral`, `call`, `partner`, `import`.
    pub source: &'static str,
    /// Responsible user.
    pub owner: usize,
    /// The organisation above this one.
    pub parent: Option<usize>,
    /// Job title, for persons.
    pub title: Option<Text>,
    /// Entered on.
    pub created_on: Date,
    /// A short note, if any.
    pub note: Option<Text>,
}

codes!(
    /// How two parties are related, read from `from` to `to`.
    RelationKind {
        /// The organisation employs the person.
        Employs = "employs",
        /// Supplies.
        Supplies = "supplies",
        /// Recommended us to.
        Refers = "refers",
        /// Sells in the same market as.
        Competes = "competes",
        /// Works on projects of.
        PartnerOf = "partner_of",
    }
);

/// A relation between two parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// From this party.
    pub from: usize,
    /// Kind.
    pub kind: RelationKind,
    /// To this party.
    pub to: usize,
    /// Since.
    pub since: Date,
    /// For `employs`: this person decides on purchases.
    pub decision_maker: bool,
}

codes!(
    /// Order or return.
    OrderKind {
        /// Goods go out.
        Order = "order",
        /// Goods come back; quantities and amounts are negative.
        Return = "return",
    }
);

codes!(
    /// How far an order is.
    OrderStatus {
        /// Being written.
        Draft = "draft",
        /// Agreed.
        Confirmed = "confirmed",
        /// On the way.
        Shipped = "shipped",
        /// Arrived, or performed.
        Delivered = "delivered",
        /// Called off.
        Cancelled = "cancelled",
    }
);

/// An order or a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Unique number, `SO-yymm-nnnn` or `RT-yymm-nnnn`.
    pub number: String,
    /// Order or return.
    pub kind: OrderKind,
    /// For a return: the order it takes back from.
    pub returns: Option<usize>,
    /// Customer.
    pub party: usize,
    /// Salesperson.
    pub salesperson: usize,
    /// Status on the last day of the history.
    pub status: OrderStatus,
    /// Ordered on.
    pub ordered_on: Date,
    /// Wanted by the customer on.
    pub required_on: Date,
    /// Shipped on.
    pub shipped_on: Option<Date>,
    /// Delivered on.
    pub delivered_on: Option<Date>,
    /// Lines.
    pub lines: Vec<OrderLine>,
    /// Freight paid by us; never negative.
    pub freight_minor: i64,
    /// Sum of the lines, without tax.
    pub net_minor: i64,
    /// Value added tax on the net amount.
    pub tax_minor: i64,
    /// Net and tax.
    pub total_minor: i64,
}

/// A line of an order. `net = round(quantity × unit price) − discount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderLine {
    /// Product.
    pub product: usize,
    /// Quantity in thousandths.
    pub quantity_milli: i64,
    /// Price agreed with this customer, without tax.
    pub unit_price_minor: i64,
    /// Cost on the day of the order.
    pub unit_cost_minor: i64,
    /// Further discount on the line; negative on a return.
    pub discount_minor: i64,
    /// Net amount.
    pub net_minor: i64,
}

codes!(
    /// Kind of service.
    ServiceKind {
        /// On site.
        Visit = "visit",
        /// By phone.
        Call = "call",
        /// A complaint.
        Complaint = "complaint",
    }
);

/// A service the customer used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceUse {
    /// Customer.
    pub party: usize,
    /// Day.
    pub on: Date,
    /// Kind.
    pub kind: ServiceKind,
    /// Working time.
    pub minutes: i64,
    /// Who served.
    pub user: usize,
}
