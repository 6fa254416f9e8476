# Parties: customers, people, suppliers and everybody else.
nav-party = Customers
nav-duplicates = Duplicates

party-one = Customer
party-many = Customers
party-name = Name
party-name_latin = Latin name
party-kind = Kind
party-kind-organisation = Organisation
party-kind-person = Person
party-roles = Roles
party-roles-prospect = Prospect
party-roles-customer = Customer
party-roles-partner = Partner
party-roles-supplier = Supplier
party-roles-employee = Employee
party-roles-competitor = Competitor
party-role = Role
party-role-role = Role
party-role-role-prospect = Prospect
party-role-role-customer = Customer
party-role-role-partner = Partner
party-role-role-supplier = Supplier
party-role-role-employee = Employee
party-role-role-competitor = Competitor
party-role-since_on = Since
party-role-until_on = Until
party-status = Status
party-status-active = Active
party-status-dormant = Dormant
party-status-lost = Lost
party-status-rejected = Rejected
party-industry = Industry
party-region = Region
party-city = City
party-address = Address
party-country = Country
party-phone = Phone
party-phone2 = Second phone
party-email = Email
party-website = Website
party-tax_number = Tax number
party-source = Source
party-owner_id = Owner
party-parent_id = Parent company
party-job_title = Job title
party-employees = Employees
party-currency = Currency
party-credit_limit = Credit limit
party-payment_days = Payment days
party-external_key = Former number
party-note = Note
party-group-main = Who it is
party-group-person = Person
party-group-company = Company
party-group-contact = Contact
party-group-trade = Terms
party-group-note = Note

party-tab-timeline = Timeline
party-tab-people = People
party-tab-relations = Relations
party-tab-hierarchy = Group

relation-one = Relation
relation-many = Relations
relation-from_id = From
relation-to_id = To
relation-kind = Relation
relation-kind-employs = Employs
relation-kind-belongs_to = Belongs to
relation-kind-supplies = Supplies
relation-kind-refers = Refers customers to
relation-kind-competes = Competes with
relation-kind-partner_of = Partner of
relation-back-employs = Employed by
relation-back-belongs_to = Has as a part
relation-back-supplies = Supplied by
relation-back-refers = Referred by
relation-back-competes = Competes with
relation-back-partner_of = Partner of
relation-title = Title
relation-since_on = Since
relation-until_on = Until

# Head.
party-merged-into = This record was merged into
party-merged-recently = { $name } ({ $number }) was merged into this record: { $when }
party-grades-agree = Both ratings agree
party-grades-differ = Ratings differ
party-margin = margin { $share }
party-overdue = overdue since { $day }
party-not-overdue = nothing overdue
party-rhythm =
    { $days ->
        [0] today, usually every { $usual } d
       *[other] { $days } d ago, usually every { $usual } d
    }
party-days-since =
    { $days ->
        [0] today
        [one] yesterday
       *[other] { $days } days ago
    }

# Rail.
party-card-contact = Contact
party-card-owner = Owner
party-no-owner = Nobody
party-hand-over = Hand over to
party-hand-over-do = Hand over
party-reveal = Show
party-merge-button = Merge

# Timeline.
party-today = Today
party-yesterday = Yesterday
party-timeline-all = Everything
party-timeline-none = Nothing has happened here yet.
party-timeline-older = Older
party-comma = {", "}
event-party-created = entered { $what }
event-party-changed = changed { $what }
event-party-archived = archived { $what }
event-party-restored = took { $what } back out of the archive
event-party-merged = merged another record into { $what }
event-party-merged_away = merged { $what } into another record
event-party-merge_undone = undid the merging of { $what }
event-party-contact_viewed = looked at contact details of { $what }
event-relation-created = added a relation: { $what }
event-relation-changed = changed a relation: { $what }
event-relation-archived = archived a relation: { $what }
event-relation-restored = restored a relation: { $what }
party-event-created = added { $type } { $what }
party-event-changed = changed { $type } { $what }
party-event-archived = archived { $type } { $what }
party-event-restored = restored { $type } { $what }
party-event-other = { $type } { $what }

# People, relations, group.
party-people-none = Nobody is known here yet.
party-people-add = Add a person
party-people-end = Has left
party-people-person = This is a person
party-people-person-text = People belong to organisations. Where this person works stands under Relations.
party-relations-none = No relations yet.
party-relation-add = Add a relation
party-relation-end = End
party-group-none = Not part of a group
party-group-none-text = Set a parent company here or on a subsidiary, and the whole group appears with its figures.
party-group-this = This one
party-group-sum = Whole group
party-group-hidden =
    { $count ->
        [one] { $count } company of the group is not yours to see; it is not in the sums.
       *[other] { $count } companies of the group are not yours to see; they are not in the sums.
    }
party-group-cut = Only the first { $most } companies are shown and summed.

# Duplicates and merging.
party-by-name = Same name
party-by-phone = Same phone
party-by-email = Same email
party-by-tax = Same tax number
party-duplicates-none = No duplicates
party-duplicates-none-text = No two records share this. Look under the other tabs too.
party-duplicates-more = More
party-not-duplicate = Not a duplicate
party-compare = Compare
party-score = { $points } of 100
party-reason-same-name = Same name
party-reason-same-latin = Same Latin name
party-reason-like-name = Similar name
party-reason-same-phone = Same phone
party-reason-like-phone = Similar phone
party-reason-same-email = Same email
party-reason-same-tax = Same tax number
party-reason-other-tax = Different tax number
party-reason-same-city = Same city
party-reason-other-city = Different city
party-reason-other-kind = Organisation and person
party-similar = Possibly there already
party-similar-none = Nothing like it was found.
party-similar-hidden =
    { $count ->
        [one] { $count } more belongs to somebody else. Ask a manager before entering it again.
       *[other] { $count } more belong to somebody else. Ask a manager before entering it again.
    }
party-merge-title = Merge
party-merge-search = Look for another
party-merge-values = Which values stay
party-merge-roles = Roles of both are kept
party-merge-kept = Stays:
party-merge-gone = Goes:
party-merge-moves = What moves over
party-merge-moves-none = No other records point to it.
party-merge-events =
    { $count ->
        [one] { $count } entry of its timeline will be shown here.
       *[other] { $count } entries of its timeline will be shown here.
    }
party-merge-undo-text = The other record is archived, not deleted. The merge can be undone.
party-merge-swap = Keep the other one
party-merge-do = Merge
party-merge-undo = Undo merge

# Refusals.
error-party-range = Outside what is possible
error-party-cycle = That company stands below this one in the group
error-party-parent-person = A parent must be an organisation
error-party-has-subsidiaries = It has subsidiaries, so it must stay an organisation
error-relation-self = A party has no relation to itself
error-relation-until = The end lies before the beginning
error-party-merge-self = These are the same record.
error-party-merge-below = The record that stays is a subsidiary further down of the other. Merge it the other way round.
error-party-merge-undone = This merge was undone already.
error-party-merge-later = The record that stayed was archived or merged again since. Undo that first.
error-party-merge-changed = Changed since the merge: { $fields }. Set these back first, then undo the merge.
error-party-merge-taken = Another record now uses a number of the merged one. Change it first, then undo the merge.
error-party-merged = This record was merged into another. Undo the merge instead.
relation-group-main = Relation

party-view-customers = Customers
party-view-mine = My customers
party-view-gold = Gold
party-view-silent = Gone quiet
party-view-losing = Losing money
party-view-prospects = Prospects
party-view-people = People
party-no-contact = No telephone, mail or address yet.
party-industry-dairy = Dairy
party-industry-pharma = Pharmaceuticals
party-industry-water = Water supply
party-industry-heating = Heating
party-industry-semicon = Semiconductors
party-industry-chemical = Chemicals
party-industry-food = Food
party-industry-hotel = Hotels
party-industry-textile = Textiles
party-industry-paper = Paper
party-industry-brewery = Brewing
party-industry-municipal = Municipal works
party-region-east = East
party-region-north = North
party-region-south = South
party-region-west = West
party-region-central = Central
party-source-fair = Trade fair
party-source-web = Website
party-source-referral = Referral
party-source-call = Cold call
party-source-partner = Partner
party-source-import = Imported
error-party-credit = You may not set credit limits. Leave it as it was; a manager can change it.
error-user-owns-parties = { $n ->
    [one] This user looks after a customer. Give it to a colleague first: Customers, filter by owner, change the owner.
   *[other] This user looks after { $n } customers. Give them to a colleague first: Customers, filter by owner, tick all, change the owner.
}
