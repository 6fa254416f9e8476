# The programme of managed relationships (CMR).

nav-programme = CMR programme
job-care-programme = Proposals and result of the CMR programme
event-care-programme_changed = Settings of the CMR programme changed
party-cmr = CMR programme
party-cmr-enrolled = Enrolled
party-cmr-self_service = Self-service
party-cmr_advised = CMR proposed
party-cmr_advised-enrolled = Enrolled
party-cmr_advised-self_service = Self-service
enrolment-one = Enrolment
enrolment-many = Enrolments
enrolment-party_id = Customer
enrolment-decision = Decision
enrolment-decision-enrolled = Enrolled
enrolment-decision-self_service = Self-service
enrolment-since_on = Since
enrolment-until_on = Until
enrolment-reason = Reason
enrolment-advised = Proposed then
enrolment-advised-enrolled = Enrolled
enrolment-advised-self_service = Self-service
enrolment-user_id = By
enrolment-group-main = Enrolment
enrolment-view-open = Enrolled now
event-enrolment-created = CMR programme: { $what }
event-enrolment-changed = Enrolment changed: { $what }
event-enrolment-archived = Enrolment put away: { $what }
event-enrolment-restored = Enrolment back again: { $what }
programme-enrolments = Enrolments
programme-customers = Customers and proposals
programme-none = No proposals yet
programme-none-text = Whom to enrol is proposed after a value analysis, from the tier, the margin and the growth of each customer.
programme-nobody = Nobody here
programme-enrolled = Enrolled
programme-proposed = Proposed
programme-beyond = { $n } more would be worth it, the budget is used
programme-cost = Cost a year
programme-of-budget = budget { $budget }
programme-profit = Profit so far
programme-goal = goal { $goal }
programme-tiers = By tier
programme-a-year = amounts a year, of enrolled and proposed
programme-count = Customers
programme-expected = Expected
programme-costs = Cost
programme-left = Left
programme-rule = Proposed are gold customers first, by what is left, then regular ones by growth, until the budget is used; never who would cost more than they bring. Everybody else serves themselves. What people decide uses the budget first.
programme-gain = What it changed
programme-gain-none = Compared after the next value analysis.
programme-until = until { $month }
programme-gained = Gained
programme-spent = Cost
programme-interval = { $low } to { $high }
programme-reached = Of the goal
programme-matched = Compared
programme-before = Before
programme-otherwise = Otherwise
programme-after = After
programme-effect = Uplift
programme-all = All
programme-too-few = too few
programme-few =
    { $n ->
        [0] Nobody has been enrolled for three whole months yet. At least 20 customers are needed to say anything.
        [one] Only 1 customer can be compared so far. At least 20 are needed to say anything.
       *[other] Only { $n } customers can be compared so far. At least 20 are needed to say anything.
    }
programme-few-matched = Only { $n } enrolled customers have a comparable customer outside the programme. At least 20 are needed to say anything.
programme-gain-text = Margin a month of enrolled customers, up to twelve months before and after, against up to five customers of the same tier then whose margin differed by a quarter at most and who were not enrolled; 95 % interval. { $early } enrolled for less than { $least } whole months, { $new } without purchases before: left out. Nobody was drawn by lot: what made people choose these customers stays in the figure, and whoever is enrolled backwards by what came afterwards makes any programme look good.
programme-assumed = What is assumed
programme-assumed-text = Uplift: part of the margin of a year that enrolling adds. All are assumptions of the house until they are measured.
programme-set-cost = Cost of a customer a year
programme-set-budget = Budget a year
programme-set-uplift_gold = Uplift, gold
programme-set-uplift_regular = Uplift, regular
programme-set-uplift_low = Uplift, low
programme-set-goal = Profit to be reached
programme-measured = measured: { $rate }
programme-take-measured = Use the measured uplifts
programme-part-proposed = Proposed
programme-part-enrolled = Enrolled
programme-part-differs = Otherwise than proposed
programme-part-all = All
programme-growth = Growth
programme-now = Now
programme-proposal = Proposal
programme-enrol = Enrol
programme-enrol-all = Enrol all proposed
programme-decide = Decide
programme-reason-hint = Needed when it is not what is proposed
programme-why-gold = Gold, and brings more than it costs
programme-why-growth = Growing, and brings more than it costs
programme-why-costs = Would cost more than it brings
programme-why-budget = Worth it, but the budget is used
programme-why-still = Not growing
programme-why-low = Last tier: serves itself
programme-said = Decided.
programme-said-enrolled =
    { $n ->
        [one] 1 customer enrolled.
       *[other] { $n } customers enrolled.
    }
programme-said-settings = Kept. Customers are proposed anew.
error-programme-until = The end lies before the beginning.
error-programme-reason = Say why, because something else is proposed.
error-programme-rate = From 0 to 100 %.
error-programme-amount = Must not be below nothing.
error-programme-measured = No uplift beyond chance has been measured yet.
