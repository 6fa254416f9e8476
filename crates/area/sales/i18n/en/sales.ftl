# Navigation.
nav-deal = Pipeline
nav-pipeline = Pipelines and stages

# Pipelines.
pipeline-one = Pipeline
pipeline-many = Pipelines
pipeline-name = Name
pipeline-name_latin = English name
pipeline-active = In use
pipeline-group-main = Pipeline
pipeline-tab-stages = Stages
event-pipeline-created = Pipeline { $what } added
event-pipeline-changed = Pipeline { $what } changed
event-pipeline-archived = Pipeline { $what } archived
event-pipeline-restored = Pipeline { $what } restored

# Stages.
stage-one = Stage
stage-many = Stages
stage-name = Stage
stage-name_latin = English name
stage-pipeline_id = Pipeline
stage-position = Position
stage-probability = Chance to win
stage-kind = Meaning
stage-kind-open = In progress
stage-kind-won = Won
stage-kind-lost = Lost
stage-group-main = Stage
event-stage-created = Stage { $what } added
event-stage-changed = Stage { $what } changed
event-stage-archived = Stage { $what } archived
event-stage-restored = Stage { $what } restored

# Moves.
stage_move-one = Stage move
stage_move-many = Stage moves
stage_move-moved_on = Moved on
stage_move-deal_id = Deal
stage_move-from_id = From stage
stage_move-to_id = To stage
stage_move-group-main = Move
event-stage_move-created = Stage move recorded
event-stage_move-changed = Stage move corrected
event-stage_move-archived = Stage move archived
event-stage_move-restored = Stage move restored

# Deals.
deal-one = Deal
deal-many = Deals
deal-number = Number
deal-name = Deal
deal-party_id = Customer
deal-amount = Amount
deal-currency = Currency
deal-pipeline_id = Pipeline
deal-stage_id = Stage
deal-owner_id = Owner
deal-expected_on = Expected close
deal-entered_on = Entered on
deal-closed_on = Closed on
deal-next_step = Next step
deal-next_step_on = Next step on
deal-product_id = Product
deal-source = Source
deal-competitor = Competitor
deal-reason_id = Reason for winning or losing
deal-lost_reason = Reason for losing
deal-external_key = Key in the former system
deal-note = Note
deal-stage_since_on = In stage since
deal-position = Place in column
deal-move = Stage move
deal-move-to_id = To stage
deal-move-from_id = From stage
deal-move-moved_on = Moved on
deal-group-main = Deal
deal-group-next = Next step
deal-group-history = Days
deal-group-more = More
deal-tab-stages = Stages
party-tab-deals = Deals
event-deal-created = Deal { $what } opened
event-deal-changed = Deal { $what } changed
event-deal-archived = Deal { $what } archived
event-deal-restored = Deal { $what } restored

# Refusals.
error-deal-amount = The amount cannot be below zero
error-deal-closed-early = A deal cannot close before it began
error-deal-lost-reason = Say why the deal was lost
error-stage-other-pipeline = This stage is not in use in the deal’s pipeline
error-stage-probability = A chance lies between 0% and 100%
error-stage-has-deals = There are deals in this stage. Move them first.
error-stages-there = This pipeline has stages already.
error-no-pipeline = There is no pipeline yet. Make one with its stages, then add deals.
error-no-stage = This pipeline has no stage in progress. Add one first.
error-pipeline-has-deals = There are deals in this pipeline. Move or archive them first.

# Board and funnel.
sales-views = Views of the deals
sales-view-board = Board
sales-view-list = List
sales-view-funnel = Funnel
sales-funnel = Sales funnel
sales-figure = Sales funnel
sales-board-hint = Board, scrolls sideways
sales-keys = Move a card with the bracket keys: [ to the previous stage, ] to the next
sales-period = Period
sales-period-30 = Last 30 days
sales-period-90 = Last 90 days
sales-period-180 = Last 180 days
sales-period-365 = Last 365 days
sales-period-quarter = This quarter
sales-period-custom = From – to
sales-from = From
sales-to = To
sales-everybody = Everybody
sales-apply = Apply
sales-all = Clear
sales-new-deal = New deal
sales-add = Add
sales-more = Show more
sales-no-pipeline = No pipeline yet
sales-no-pipeline-text = A pipeline is the row of stages a deal goes through. Make one, then the board and the funnel appear here.
sales-new-pipeline = New pipeline
sales-open = Open
sales-n-deals =
    { $n ->
        [one] one deal
       *[other] { $n } deals
    }
sales-n-lost =
    { $n ->
        [one] one of these deals lost
       *[other] { $n } of these deals lost
    }
sales-weighted = Weighted
sales-weighted-hint = Amounts times the chance of their stage
sales-win-rate = Win rate
sales-cycle = Cycle, days
sales-cycle-median = median { $days }
sales-days = days
sales-velocity = Velocity per day
sales-average = Average won deal
sales-won = Won
sales-lost-many = Lost
sales-reopened = Opened again
sales-entered = Entered
sales-still = Still in
sales-moved-on = Moved on
sales-went-back = Went back
sales-conversion = Conversion
sales-median-days = Median days
sales-leak = Leak
sales-entered-hint = Deals that reached this stage, of those that entered in the period
sales-conversion-hint = Of those decided here, the share that moved on
sales-median-hint = Half of the deals left this stage after so many days; deals still here are counted in
sales-median =
    { $days ->
        [one] median 1 day
       *[other] median { $days } days
    }
sales-median-none = median not reached
sales-of-all = of all that entered { $share }
sales-d = { $n } d
sales-days-hint = Days in this stage
sales-old-hint = More than twice the usual time in this stage
sales-late = Overdue
sales-move-to = Move to { $stage }
sales-moved = Moved to { $stage }
sales-lose = Lost, with reason…
sales-lost-title = Why was the deal lost?
sales-lost-save = Mark as lost
sales-is-lost = Lost on
sales-next = Next step
sales-since = Since
sales-until = Until
sales-now = now
sales-days-in = Days
sales-none = Nothing here.
sales-by-stage = By stage
sales-cohort = Deals that entered from { $from } to { $to }
sales-by-owner = By owner
sales-nobody = Nobody
sales-forecast = Weighted forecast
sales-forecast-note = All open deals of the pipeline
sales-month = Expected month
sales-no-month = No day given
sales-sum = Sum
sales-foreign =
    { $n ->
        [one] One deal is not in { $currency }. It is counted, but its amount is not added.
       *[other] { $n } deals are not in { $currency }. They are counted, but their amounts are not added.
    }
sales-deals-behind = Deals behind the number
sales-behind = { $stage }: { $what }
sales-behind-month = Expected: { $month }
sales-all-stages = All stages
sales-what-entered = entered
sales-what-still = still in
sales-what-moved = moved on
sales-what-lost = lost
sales-what-back = went back
sales-what-open = open
sales-what-won = won
sales-how = How is this computed?
sales-how-1 = The funnel follows the deals that entered in the period, from their first day to today.
sales-how-2 = A deal that jumps ahead has passed the stages between in no time. A deal that went back is counted where it stands now.
sales-how-3 = Entered = still in + moved on + lost + went back.
sales-how-4 = Conversion = moved on ÷ (moved on + lost). Deals still in the stage do not lower it.
sales-how-5 = Median days use the Kaplan–Meier estimate, so deals still in the stage count with the time they have been there. It is not reached until half have left.
sales-how-6 = Leak = the part of all lost deals that was lost in the stage. Win rate = won ÷ (won + lost).
sales-how-7 = Velocity = open deals × win rate × average won deal ÷ average cycle: money a day.
sales-how-8 = The weighted forecast adds amount × chance of the stage for all open deals, by expected month, whatever the period.
sales-how-docs = See the documentation, chapter “Sales funnel”.

# Stages of a pipeline.
sales-no-stages = No stages yet
sales-no-stages-text = Begin with the usual ones, or add your own below.
sales-usual-stages = Add the usual stages
sales-usual-contact = First contact
sales-usual-needs = Needs confirmed
sales-usual-proposal = Proposal
sales-usual-negotiation = Negotiation
sales-usual-won = Won
sales-usual-lost = Lost
sales-stage-add = Add stage
sales-stage-up = Move up
sales-stage-down = Move down
sales-stage-remove = Take away

deal-name_latin = English name
deal-view-open = Open
deal-view-mine = My deals
deal-view-late = Overdue next step
deal-source-fair = Trade fair
deal-source-web = Website
deal-source-referral = Referral
deal-source-call = Cold call
deal-source-partner = Partner
deal-source-import = Imported

# Products, people, criteria, calendar.
stage-needs = Wanted before a deal leaves
stage-needs-party = Customer
stage-needs-amount = Amount
stage-needs-product = Product
stage-needs-next_step = Next step with day
stage-needs-expected = Expected close
stage-needs-person = Somebody who decides
stage-needs-competitor = Competitor
stage-limit_days = Stalled after days
error-stage-limit = Days lie between 1 and 3,650
error-stage-needs-party = { $stage } wants a customer
error-stage-needs-amount = { $stage } wants an amount
error-stage-needs-product = { $stage } wants a product on the deal
error-stage-needs-next_step = { $stage } wants a next step with its day
error-stage-needs-expected = { $stage } wants an expected close
error-stage-needs-person = { $stage } wants somebody who decides, under People
error-stage-needs-competitor = { $stage } wants the competitor to be named
error-deal-line-quantity = The quantity must be above zero
error-deal-amount-lines = The amount is the sum of the products. Change it there.
error-deal-person-twice = This person is named already
deal_line-one = Product of a deal
deal_line-many = Products of deals
event-deal_line-created = Product of a deal added
event-deal_line-changed = Product of a deal changed
event-deal_line-archived = Product of a deal taken away
event-deal_line-restored = Product of a deal restored
deal_line-deal_id = Deal
deal_line-position = Position
deal_line-product_id = Product
deal_line-description = Description
deal_line-quantity = Quantity
deal_line-unit_price = Price
deal_line-amount = Amount
deal_line-currency = Currency
deal_line-group-main = Product
deal_person-one = Person of a deal
deal_person-many = People of deals
event-deal_person-created = Person of a deal added
event-deal_person-changed = Person of a deal changed
event-deal_person-archived = Person of a deal taken away
event-deal_person-restored = Person of a deal restored
deal_person-deal_id = Deal
deal_person-party_id = Person
deal_person-role = Part
deal_person-role-decides = Decides
deal_person-role-influences = Influences
deal_person-role-buys = Buys
deal_person-role-uses = Uses
deal_person-role-checks = Checks
deal_person-stance = Stance
deal_person-stance-for = For us
deal_person-stance-neutral = Neutral
deal_person-stance-against = Against us
deal_person-stance-unknown = Unknown
deal_person-note = Note
deal_person-group-main = Person
deal-tab-lines = Products
deal-tab-people = People
deal-line = Product
deal-line-product_id = Product
deal-person = Person
deal-person-party_id = Person
deal-person-stance = Stance
deal-line-add = Add product
deal-line-remove = Take away
deal-lines-none = No products yet. With products, the amount is their sum.
deal-line-price = Empty: the catalogue’s price
deal-person-add = Add person
deal-person-remove = Take away
deal-people-none = Nobody is named yet.
sales-view-calendar = Calendar
calendar-title = Calendar of closings
calendar-more = Only the first 500 deals of the month are shown.
calendar-empty = No deal closes in this month.
calendar-open = Expected
calendar-late = Overdue
calendar-won = Won
calendar-lost = Lost
sales-win-rate-entered = of the deals that entered in the period and are decided
sales-win-rate-closed = of the deals decided in the period, whenever they entered
error-user-owns-deals = { $n ->
    [one] This user has an open deal. Give it to a colleague first: Deals, filter by owner, change the owner.
   *[other] This user has { $n } open deals. Give them to a colleague first: Deals, filter by owner, tick all, change the owner.
}
