# The frame of every page.
web-product = Zhike
web-skip = Skip to content
web-navigation = Main navigation
web-bottom-navigation = Bottom navigation
web-where = Where you are
web-search = Search
web-search-run = Search or run
web-search-list = Search this list
web-theme = Light or dark
web-switch-language = 切换为中文
web-my-settings = My settings
web-help = Keyboard shortcuts
web-licences = Licences
web-sign-out = Sign out
web-more = More
web-close = Close
web-cancel = Cancel
web-save = Save
web-home = Go to start
web-back = Back
web-reference = Reference { $reference }
web-go-to = Go to
web-actions = Actions

# The palette.
web-palette = Command palette
web-palette-hint = Search customers, numbers, actions
web-palette-none = Nothing found. Try other words.

# Keys.
web-key-palette = Search everything
web-key-search = Search in this list
web-key-new = New
web-key-rows = Next or previous row
web-key-select = Select row
web-key-open = Open
web-key-choose = Choose
web-key-move = Move card to the previous or next stage
web-key-save = Save the form
web-key-line = Write a line of the document
web-key-line-next = In a line: save it and begin the next one; in a search field: take the marked hit and go on
web-key-step = Next step of the document (confirm, ship …)
web-key-close = Close the top layer

# Lists.
web-remove-filter = Remove filter
web-sort = Sort
web-select-page = Select this page
web-select = Select
web-bulk = With the selection
web-selected = selected
web-clear-selection = Clear selection
web-pages = Pages
web-page-of =
    { $total ->
        [0] None
       *[other] { $first }–{ $last } of { $total }
    }
web-previous = Previous
web-next = Next
web-lookup = Type to search
web-lookup-none = Nothing found

# Files and messages.
web-upload = Upload
web-uploading = Uploading
web-undo = Undo
web-undone = Undone
web-put-back = Not saved, the card is back in its place.
web-request-failed = The server could not do this. What you typed is kept. Try again.
web-offline = No connection. What you typed is kept.

# Tiers of value.
web-tier-gold = Gold
web-tier-regular = Regular
web-tier-low = Low

# Moments.
web-relative-now = just now
web-relative-past-minutes = { $n } min ago
web-relative-past-hours = { $n } h ago
web-relative-future-minutes = in { $n } min
web-relative-future-hours = in { $n } h

# Refusals that any part may give.
error-fields = Some fields need attention.
error-forbidden = You may not do this. Ask an administrator for the right.
error-sign-in = Sign in to go on.
error-missing = This is not here, or not for you to see.
error-stale = Somebody else changed this in the meantime. Load it again, then repeat your change.
error-too-many = { $seconds ->
    [one] Too many tries. Try again in a second.
   *[other] Too many tries. Try again in { $seconds } seconds.
    }
error-broken = Something failed on our side. Nothing was changed.
error-taken = This is already taken.
error-reference = Something else refers to this, or what this refers to is gone.
error-disk-full = The disk is full. Nothing was changed. Tell the administrator.
error-database-open = The database cannot be opened.
error-database-url = This is not a database address: { $url }

# Fields.
error-required = Needed
error-too-long =
    { $most ->
        [one] At most one character
       *[other] At most { $most } characters
    }
error-control-character = There is an unprintable character in it
error-not-an-email = Not an e-mail address
error-not-a-phone = Not a phone number
error-not-a-url = Not a web address
error-site-address = Write it as https://crm.example.com
error-not-a-number = Not a number
error-too-precise =
    { $decimals ->
        [0] No decimals here
        [one] At most one decimal
       *[other] At most { $decimals } decimals
    }
error-too-large = Too large
error-quantity-whole = Only whole numbers: this unit is counted in pieces
error-not-a-date = Not a date; write it like 2026-11-24
error-not-a-moment = Not a point in time
error-not-a-truth = Yes or no
error-not-a-choice = Not one of the choices
error-not-a-record = Choose one from the list
error-not-a-currency = Not a known currency

calendar-before = Month before
calendar-after = Month after
calendar-now = This month
calendar-rest = { $n } more
calendar-day-1 = Mon
calendar-day-2 = Tue
calendar-day-3 = Wed
calendar-day-4 = Thu
calendar-day-5 = Fri
calendar-day-6 = Sat
calendar-day-7 = Sun
line-key-next = saves the line and begins the next
line-configure = Configure

# Units of goods that come as a code
unit-piece = piece
unit-set = set
unit-visit = visit
unit-year = year
unit-box = box
unit-carton = carton
unit-reel = reel
unit-hour = hour
unit-day = day
