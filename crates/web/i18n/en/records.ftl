# Pages of every record type.
field-id = Id
field-number = Number
field-created_at = Created
field-updated_at = Updated
field-archived_at = Archived

records-yes = Yes
records-no = No
records-me = Me
records-all = All
records-new = New { $what }
records-edit = Edit
records-archive = Archive
records-restore = Restore
records-archived = Archived
records-import = Import
records-apply = Apply
records-value = Value
records-in-percent = In percent
records-begin = Create
records-show-all = Show all
records-none-related = Nothing here yet.

# Lists.
records-views = Saved views
records-view-save = Save view
records-view-name = Name
records-view-shared = Everybody may use it
records-view-new = Save as new view
records-view-update = Save changes
records-view-delete = Delete view
records-add-filter = Add filter
records-columns = Columns
records-clear-filters = Clear filters
records-export-csv = Export as CSV
records-export-xlsx = Export to Excel
records-show-archived = Show archived
records-show-present = Show present
records-back-to-list = Back to the list
records-total = Total of { $count }
records-shown = { $shown } shown, { $count } in all
records-none = No { $what } yet
records-none-text = Import a spreadsheet, or add the first one by hand.
records-none-archived = Nothing archived
records-none-archived-text = What you archive is kept here and can be restored.
records-no-match = Nothing matches
records-no-match-text = Take a filter away, or search for something else.

# Ways to compare.
records-op-is = is
records-op-not = is not
records-op-in = is one of
records-op-has = contains
records-op-begins = begins with
records-op-lt = <
records-op-le = ≤
records-op-gt = >
records-op-ge = ≥
records-op-empty = is empty
records-op-filled = is filled

# Many at once.
records-bulk-set = Set a field
records-bulk-all = Everything in this list (at most 5,000)
records-bulk-done =
    { $count ->
        [0] Nothing was changed
        [one] One record changed
       *[other] { $count } records changed
    }
records-bulk-archived =
    { $count ->
        [0] Nothing was archived
        [one] One record archived
       *[other] { $count } records archived
    }
records-bulk-refused =
    { $count ->
        [one] One record was left as it is:
       *[other] { $count } records were left as they are:
    }
records-undone-some =
    { $kept ->
        [one] { $done } put back. One was changed again afterwards and stays.
       *[other] { $done } put back. { $kept } were changed again afterwards and stay.
    }

# One record.
records-tabs = Parts of this record
records-tab-details = Details
records-tab-history = History
records-updated = Updated { $when }
records-made = Created { $when }
records-edit-hint = Double-click a value, or press Enter on it, to change it.
records-is-archived = Archived on { $when }. It is kept, but no longer in lists and search.
records-saved-field = { $field } saved
records-no-history = Nothing has happened here yet.

# History.
records-event-created = created { $what }
records-event-changed = changed { $what }
records-event-archived = archived { $what }
records-event-restored = restored { $what }
event-export-made = exported a list
records-door-page = on a page
records-door-api = through the API
records-door-import = by an import
records-door-cli = on the command line
records-door-job = automatically

# Two people at once.
records-conflict-field = { $who } changed “{ $field }” to “{ $value }” { $when }.
records-conflict-text = Somebody else saved this record while you were editing. Your changes are below; nothing is lost.
records-field = Field
records-yours = Yours
records-now = Now
records-same = The same
records-changed-by = Changed by
records-take-mine = Keep mine
records-take-theirs = Take theirs
records-hidden = hidden for your role
records-hidden-why = Your role does not see this value. Ask an administrator if you need it.
records-masked = Masked. It is shown whole on request where the role allows it, and that is logged.
records-of-days = { $usual } days
records-today = today
records-said-saved = Saved
records-said-created = { $what } created
records-said-archived = Archived
records-said-restored = Restored

# Conditions of rules.
records-since = at least { $days } days ago
records-since-or-never = at least { $days } days ago, or never
records-within = within the last { $days } days
records-days-ago = { $days } days ago
records-days-ahead = { $days } days ahead
records-condition-all = Every record
records-condition-add = Add a condition
records-condition-days = or this many days ago
records-condition-by-program = Set by a program

files-title = Pictures, video, documents
files-none = Nothing here yet
files-none-text = Add pictures, a video, documents or a link below.
files-add = Add a file
files-add-link = Add a link
files-file = File
files-hint = Pictures up to 10 MB, documents up to 25 MB, videos (MP4, WebM) up to 200 MB
files-url = Address
files-name = Name
files-first = Show first
files-added = Added
files-restored = Brought back
files-removed = Taken away
event-attachment-added = File added to { $what }
event-attachment-removed = File taken from { $what }
event-attachment-restored = File brought back to { $what }
error-file-kind = Files of this kind are not kept. Take PNG, JPEG, WebP, GIF, MP4, WebM, PDF, an office document, TXT, CSV or ZIP
error-file-large = At most { $most } MB
error-along-kind = “{ $name }” is of a kind that is not kept. Take PNG, JPEG, WebP, GIF, MP4, WebM, PDF, an office document, TXT, CSV or ZIP
error-along-large = Files of one letter come to { $most } MB at most together: many servers take no more. Send a link instead, or several letters
error-along-many = At most { $most } files go with one letter
error-along-mail = Files go by e-mail only. Choose e-mail, or take the files out
files-along = Files to go along
files-along-hint = At most { $n } files, together { $most } MB
event-view-created = saved a view
event-view-changed = changed a view
event-view-deleted = deleted a view
records-diff-head = Terms and sums
records-diff-note = The old value is struck out
records-diff-field = Field
records-diff-what = Change
records-diff-added = Added
records-diff-removed = Removed
records-diff-changed = Changed
records-diff-same = Same
