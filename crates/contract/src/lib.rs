//! What areas may know of one another: small read ports and the names of events they may listen to.
//! A port has at most five methods; an area that needs more tells it through an event.

pub mod approvals;
pub mod billing;
pub mod books;
pub mod complaints;
pub mod funnel;
pub mod gate;
pub mod guests;
pub mod identity;
pub mod interactions;
pub mod leanings;
pub mod levels;
pub mod mailer;
pub mod optouts;
pub mod orders;
pub mod outbound;
pub mod parties;
pub mod pipeline;
pub mod plans;
pub mod pricing;
pub mod stock;
pub mod supplies;
pub mod tasks;

pub use approvals::{Approvable, Approvals, Outcome, Subject};
pub use billing::{Billing, Credit};
pub use books::Books;
pub use complaints::{Complaints, NewComplaint};
pub use funnel::{Funnel, FunnelStage, FunnelSummary};
pub use gate::{Channel, Gate, Permit};
pub use guests::{Guest, Guests, NoGuests};
pub use identity::{Actors, Identity, SignedIn, UserLine};
pub use interactions::{Beside, Interactions, NewInteraction};
pub use leanings::{Leaning, Leanings};
pub use levels::Levels;
pub use mailer::{Mailed, Mailer, ToGateway};
pub use optouts::{Holder, OptOuts};
pub use orders::{Billable, GoodsWord, Heard, Orders};
pub use outbound::{Carrier, Outbound};
pub use parties::{Alike, Parties, Sought};
pub use pipeline::{Pipeline, Weighted};
pub use plans::{Instalment, Plans};
pub use pricing::{LineAsk, LineFact, PriceAsk, Pricing, ProductFacts, Quote, Reason, ReasonArg};
pub use stock::{Claim, Demand, Held, LinePromise, Need, Part, Promise, Stock};
pub use supplies::{Supplied, Supplies};
pub use tasks::{Close, NewTask, Tasks};
