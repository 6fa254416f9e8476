# Levels of the relationship, and what each does for customers.

nav-care = Relationship
job-care-levels = Recommended relationship levels
job-care-follow_ups = Follow-ups of relationship levels
event-care-settings_changed = Settings of relationship levels changed
party-care_level = Relationship level
party-care_level-basic = Basic
party-care_level-reactive = Reactive
party-care_level-accountable = Accountable
party-care_level-proactive = Proactive
party-care_level-partnership = Partnership
party-care_advised = Recommended level
party-care_advised-basic = Basic
party-care_advised-reactive = Reactive
party-care_advised-accountable = Accountable
party-care_advised-proactive = Proactive
party-care_advised-partnership = Partnership
care_level-one = Relationship level
care_level-many = Relationship levels as set
care_level-party_id = Customer
care_level-level = Level
care_level-level-basic = Basic
care_level-level-reactive = Reactive
care_level-level-accountable = Accountable
care_level-level-proactive = Proactive
care_level-level-partnership = Partnership
care_level-reason = Reason
care_level-advised = Recommended then
care_level-advised-basic = Basic
care_level-advised-reactive = Reactive
care_level-advised-accountable = Accountable
care_level-advised-proactive = Proactive
care_level-advised-partnership = Partnership
care_level-set_on = Set on
care_level-user_id = By
care_level-group-main = Level
care_level-view-mine = Set by me
event-care_level-created = Relationship level set: { $what }
event-care_level-changed = Relationship level changed: { $what }
event-care_level-archived = Relationship level put away: { $what }
event-care_level-restored = Relationship level back again: { $what }
care_rule-one = Service rule
care_rule-many = Service rules
care_rule-name = Name
care_rule-name_latin = Name in Latin letters
care_rule-level = Level
care_rule-level-basic = Basic
care_rule-level-reactive = Reactive
care_rule-level-accountable = Accountable
care_rule-level-proactive = Proactive
care_rule-level-partnership = Partnership
care_rule-after = After
care_rule-after-delivery = each delivery
care_rule-after-first_order = the first order
care_rule-after-complaint = a settled complaint
care_rule-after-contact = the last contact
care_rule-days = Days after it
care_rule-task = Task
care_rule-task-call = call
care_rule-task-visit = visit
care_rule-task-follow_up = follow up
care_rule-due_days = Days to do it
care_rule-active = In use
care_rule-note = What one should know
care_rule-group-main = Rule
event-care_rule-created = Service rule { $what }
event-care_rule-changed = Service rule { $what } changed
event-care_rule-archived = Service rule { $what } put away
event-care_rule-restored = Service rule { $what } back again
care-levels = Levels and what they do
care-lately = follow-ups of the last 90 days
care-policy = Service
care-set = Set
care-advised = Recommended
care-margin = Margin a year
care-service = Service cost
care-opened = Follow-ups
care-done = Done
care-overdue = Overdue
care-late = { $n } overdue
care-no-policy = no follow-up
care-rules = Service rules
care-rule-delivery =
    { $days ->
        [0] On the day of each delivery: { $what }
        [one] 1 day after each delivery: { $what }
       *[other] { $days } days after each delivery: { $what }
    }
care-rule-first_order =
    { $days ->
        [0] On the day of the first order: { $what }
        [one] 1 day after the first order: { $what }
       *[other] { $days } days after the first order: { $what }
    }
care-rule-complaint =
    { $days ->
        [0] On the day a complaint is settled: { $what }
        [one] 1 day after a settled complaint: { $what }
       *[other] { $days } days after a settled complaint: { $what }
    }
care-rule-contact =
    { $days ->
        [one] Each day without contact: { $what }
       *[other] After { $days } days without contact: { $what }
    }
care-means-basic = Sell, no follow-up
care-means-reactive = Ask them to say when something is wrong
care-means-accountable = Ask whether it is as expected
care-means-proactive = Come with ideas from time to time
care-means-partnership = Improve together all the time
care-table = Margin and number of customers
care-table-note = Each field holds the customers with such a margin and so many like them, and the level recommended for them. The levels are no order from bad to good: many customers of small margin are best served by the basic one.
care-table-edit = Change the levels in the table
care-margin-low = Low margin
care-margin-medium = Medium margin
care-margin-high = High margin
care-number-low = Few customers
care-number-medium = Some customers
care-number-high = Many customers
care-among-margin = of the same margin
care-among-industry = of the same margin and industry
care-among-region = of the same margin and region
care-among-all = all customers
care-settings = Where the lines are
care-settings-text = Margin: sales of the last value analysis less discount, returns and cost of the goods, as of a year; what serving the customer costs is not taken off, because the level decides it. Only customers with an order in that time are counted. All numbers are assumptions of the house.
care-cut-medium = Medium margin from
care-cut-high = High margin from
care-cut-several = Some customers from
care-cut-many = Many customers from
care-cut-among = Which customers are counted
care-kpi-set = Level set
care-kpi-unset = Not set yet
care-kpi-unset-note = recommended; no follow-ups until set
care-kpi-differs = Set otherwise
care-kpi-open = Open follow-ups
care-look = Look for follow-ups now
care-customers = Customers by level
care-all-levels = All levels
care-part-all = All
care-part-unset = Not set
care-part-differs = Otherwise than recommended
care-why = Why recommended
care-why-text = { $margin }, { $peers } such: { $number }
care-why-none = No order in the time of the value analysis
care-take = As recommended
care-accept-all = Set all as recommended
care-first-page = First page
care-none = No customers here
care-none-text = Levels are recommended after a value analysis, from the margin of each customer and the number of such customers.
care-card = Relationship level
care-card-none = No level set, and no order in the time of the value analysis.
care-set-it = Set level
care-set-other = Set the relationship level
care-reason-hint = Needed when it is another level than the recommended one
care-next = Next follow-up
care-what = About levels
care-task = follows from the level “{ $level }”, after { $after } of { $day }.
care-said-set = Level set.
care-said-accepted =
    { $n ->
        [one] Level set for 1 customer.
       *[other] Levels set for { $n } customers.
    }
care-said-settings = Kept. Levels are recommended anew.
care-said-look = Follow-ups are looked for.
error-care-future = A level cannot be set for a day to come.
error-care-reason = Say why, because another level is recommended.
error-care-positive = Must be above nothing.
error-care-order = Must be greater than the one before.
error-care-several = At least 2 and at most 10,000,000.
error-care-table = Three rows (low, medium, high margin) of three levels (few, some, many customers).
error-care-days = From { $least } to 730 days.
error-care-due = From 0 to 90 days.
