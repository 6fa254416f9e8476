nav-invoice = Receivables
nav-invoices = Invoices
nav-payment = Payments

invoice-one = Invoice
invoice-many = Invoices
invoice-group-main = Invoice
invoice-group-more = More
invoice-party_id = Customer
invoice-order_id = Order
invoice-issued_on = Issued on
invoice-due_on = Due on
invoice-currency = Currency
invoice-total = Total
invoice-paid = Paid
invoice-open = Open
invoice-status = Status
invoice-status-open = Open
invoice-status-paid = Paid
invoice-status-void = Void
invoice-external_key = Key elsewhere
invoice-note = Note
invoice-make = Make invoice
invoice-void = Make void
invoice-tab-payments = Payments
invoice-open-many = Open invoices
invoice-no-payments = Nothing paid yet
invoice-no-payments-text = Open a payment of this customer and allocate it here.
invoice-late =
    { $n ->
        [one] One day late
       *[other] { $n } days late
    }

payment-one = Payment
payment-many = Payments
payment-group-main = Payment
payment-group-more = More
payment-party_id = Customer
payment-received_on = Received on
payment-amount = Amount
payment-currency = Currency
payment-method = Method
payment-method-transfer = Transfer
payment-method-card = Card
payment-method-cash = Cash
payment-method-cheque = Cheque
payment-method-other = Other
payment-reference = Reference
payment-unallocated = Not allocated
payment-external_key = Key elsewhere
payment-note = Note
payment-new = New payment
payment-tab-allocation = Allocation

allocation-one = Allocation
allocation-many = Allocated to
allocation-group-main = Allocation
allocation-payment_id = Payment
allocation-invoice_id = Invoice
allocation-amount = Amount
allocation-none = Not allocated yet
allocation-none-text = Say below which invoices this payment settles.
allocation-offer = Open invoices, oldest due first
allocation-no-open = This customer has no open invoice in this currency.
allocation-auto = Allocate oldest first
allocation-put = Allocate
allocation-remove = Remove allocation
allocation-removed = Allocation removed

party-receivable = Receivable
party-overdue_since_on = Oldest open invoice due on
party-tab-money = Money
party-owes-nothing = Nothing is open.
party-unallocated = { $amount } of payments is not allocated yet.

ageing-title = Ageing by customer
ageing-note = Days after the due date
ageing-note-most = Days after the due date; the { $n } who owe most
ageing-not-due = Not due
ageing-30 = 1–30 days
ageing-60 = 31–60 days
ageing-90 = 61–90 days
ageing-more = Over 90 days
ageing-overdue = Overdue
ageing-all = All, { $currency }
ageing-days = Days late
dso-title = Days sales outstanding
dso-days = { $n } days
dso-definition = Open receivables ÷ invoiced in the last 90 days × 90: { $open } ÷ { $invoiced } × 90
receivables-none = Nobody owes anything
receivables-none-text = Open invoices of the customers you may see are gathered here.
receivables-late = Late invoices
receivables-late-note = Longest overdue first
receivables-none-late = No invoice is late.

event-invoice-created = Invoice { $what } issued
event-invoice-changed = Invoice { $what } changed
event-invoice-archived = Invoice { $what } archived
event-invoice-restored = Invoice { $what } restored
event-payment-created = Payment { $what } received
event-payment-changed = Payment { $what } changed
event-payment-archived = Payment { $what } archived
event-payment-restored = Payment { $what } restored
event-allocation-created = Payment allocated
event-allocation-changed = Allocation changed
event-allocation-archived = Allocation removed
event-allocation-restored = Allocation put back

error-invoice-zero = Not zero; a credit note is below zero
error-invoice-paid = Less than what is allocated to it already
error-invoice-due = Not before it was issued
error-invoice-allocated = Payments are allocated to this invoice. Remove them first.
error-invoice-void = This invoice is void already.
error-invoice-order = Only a confirmed, shipped or delivered order is invoiced.
error-invoice-done = This order is invoiced in full already.
error-payment-zero = Not zero; a refund is below zero
error-payment-used = Less than what is allocated already
error-payment-allocated = Parts of this payment are allocated. Remove them first.
error-allocation-zero = Not zero
error-allocation-invoice = More than is open on the invoice
error-allocation-payment = More than is left of the payment
error-allocation-party = This invoice belongs to another customer
error-allocation-currency = This invoice is in another currency
error-allocation-void = Nothing can be allocated to what is void or archived.
error-allocation-moved = An allocation stays with its payment and invoice. Remove it and make another.
error-allocation-nothing = There is nothing open to allocate it to, or nothing left of it.

api-get-receivables-ageing = Receivables by age and days sales outstanding
api-post-payments-id-allocate = Allocate a payment to an invoice, or to the oldest due first
api-post-invoices-id-void = Make an invoice void
api-post-orders-id-invoice = Make an invoice of an order

invoice-view-open = Open
invoice-view-overdue = Overdue

nav-credit_note = Credit notes
nav-write_off = Write-offs

invoice-credited = Credited
invoice-voided_on = Made void on
invoice-credits = Credit notes and write-offs

credit_note-one = Credit note
credit_note-many = Credit notes
credit_note-make = Credit note
credit_note-group-main = Credit note
credit_note-group-more = More
credit_note-party_id = Customer
credit_note-invoice_id = Invoice
credit_note-issued_on = Issued on
credit_note-amount = Amount
credit_note-currency = Currency
credit_note-reason = Reason
credit_note-reason-price = Price
credit_note-reason-quantity = Quantity
credit_note-reason-quality = Quality
credit_note-reason-returned = Goods returned
credit_note-reason-discount = Discount afterwards
credit_note-reason-mistake = Mistake in the invoice
credit_note-reason-other = Other
credit_note-status = Status
credit_note-status-standing = Standing
credit_note-status-cancelled = Cancelled
credit_note-cancelled_on = Cancelled on
credit_note-cancel_reason = Why cancelled
credit_note-external_key = Key elsewhere
credit_note-note = Note
credit_note-view-standing = Standing

write_off-one = Write-off
write_off-many = Write-offs
write_off-make = Write off
write_off-group-main = Write-off
write_off-group-more = More
write_off-party_id = Customer
write_off-invoice_id = Invoice
write_off-issued_on = Written off on
write_off-amount = Amount
write_off-currency = Currency
write_off-reason = Reason
write_off-reason-rounding = Rounding
write_off-reason-bank_fee = Bank fee
write_off-reason-cash_discount = Cash discount
write_off-reason-uncollectable = Uncollectable
write_off-reason-other = Other
write_off-status = Status
write_off-status-standing = Standing
write_off-status-cancelled = Cancelled
write_off-cancelled_on = Cancelled on
write_off-cancel_reason = Why cancelled
write_off-external_key = Key elsewhere
write_off-note = Note
write_off-view-standing = Standing

write-off-limit = Limit for write-offs
write-off-limit-hint = At most this much may be written off one invoice, all its write-offs together. In another currency the same figure counts.
write-off-limit-saved = Limit saved
event-write_off_limit-changed = Limit for write-offs changed

credit-cancel = Cancel this document
credit-cancel-note = It stays on the ledger, with the day of its cancelling
credit-cancel-why = Reason
credit-cancelled = Cancelled; the invoice is open again by its amount
credit-was-cancelled = Cancelled on { $day }: { $why }

account-title = Statement of account
account-of = Statement of account: { $name }
account-note = Debit raises what the customer owes, credit lowers it
account-from = From
account-until = Until
account-show = Show
account-day = Date
account-document = Document
account-debit = Debit
account-credits = Credit
account-balance = Balance
account-opening = Opening balance
account-closing = Closing balance
account-none = Nothing in this period
account-none-text = No document of this customer falls into this period and currency.
account-more = Only the first { $n } rows are shown; choose a shorter period. The sums count all of them.
account-proof = Today: open invoices { $open } − payments not allocated { $loose } = { $balance }, the balance of all documents.
account-csv = CSV
account-pdf = PDF
account-to = To
account-page = Page { $n } of { $of }
account-invoice = Invoice
account-voided = Invoice made void
account-credit = Credit note
account-credit-cancelled = Credit note cancelled
account-write-off = Write-off
account-write-off-cancelled = Write-off cancelled
account-payment = Payment

event-credit_note-created = Credit note { $what } issued
event-credit_note-changed = Credit note { $what } changed
event-credit_note-archived = Credit note { $what } archived
event-credit_note-restored = Credit note { $what } restored
event-write_off-created = Write-off { $what } made
event-write_off-changed = Write-off { $what } changed
event-write_off-archived = Write-off { $what } archived
event-write_off-restored = Write-off { $what } restored

error-invoice-credited = A credit note or write-off stands against this invoice. Cancel it first.
error-credit-void = This invoice is void or archived: nothing of it is owed.
error-credit-nothing = Nothing of this invoice is open. If it was paid too much, remove the payment from it first.
error-credit-positive = More than zero
error-credit-more = More than is open: { $most } at most. If it is paid already, remove the payment from the invoice first.
error-credit-early = Not before the invoice was issued
error-credit-currency = The invoice is in { $most }: choose that currency
error-credit-fixed = A document that was issued is not changed. Cancel it and write another.
error-credit-cancelled = This document is cancelled and stays so. Write another.
error-credit-kept = A document that was issued is kept. Cancel it instead.
error-write-off-limit = More than may be written off this invoice: { $most } in all. Write a credit note, or ask an administrator to raise the limit.
error-write-off-amount = An amount from 0 to 1,000,000,000, without a sign
error-account-period = Not before the first day

api-post-credit-notes-id-cancel = Cancel a credit note
api-post-write-offs-id-cancel = Cancel a write-off
api-get-write-off-limit = How much may be written off an invoice
api-put-write-off-limit = Set how much may be written off an invoice
api-get-receivables-id-account = Statement of account of a customer for a period
api-get-receivables-id-account-pdf = Statement of account of a customer as PDF

nav-to_invoice = To invoice

invoice-tab-instalments = Instalments
instalment-many = Instalments
instalment-note = What is paid settles the earliest first
instalment-none = One due day
instalment-none-text = The whole invoice is due on one day. It can be split into instalments here.
instalment-equal = Equal instalments, a month apart
instalment-parts = How many
instalment-first = First due on
instalment-split = Split
instalment-own = Instalments of your own
instalment-own-note = Rows left empty are left out; without any row there is one due day again
instalment-must = Together they make up { $total }.
instalment-saved = Instalments saved
event-invoice-instalments_set = Instalments of the invoice set

to-invoice-until = Due until
to-invoice-title = Due to be invoiced
to-invoice-note = From the payment plans of contracts in force
to-invoice-choose = Choose
to-invoice-contract = Contract
to-invoice-condition = Condition
to-invoice-make = Invoice what is ticked
to-invoice-made =
    { $n ->
        [one] One invoice made
       *[other] { $n } invoices made
    }{ $skipped ->
        [0] {""}
       *[other] ; { $skipped } had one already
    }
to-invoice-none = Nothing is due to be invoiced
to-invoice-none-text = What payment plans of contracts in force foresee until this day has its invoices.

error-invoice-instalments = This invoice has instalments: they give its total and due day. Change or remove them first.
error-instalment-credit = Only an invoice above zero has instalments.
error-instalment-many = Between 2 and { $most } instalments
error-instalment-amount = Row { $row }: the amount is not a number above zero.
error-instalment-day = Row { $row }: the day is missing or not a date.
error-instalment-order = Row { $row }: it is due before the row above it, or before the invoice was issued.
error-instalment-sum = The instalments do not make up the invoice. Change the amounts until they do.
error-instalment-void = A void or archived invoice has no instalments.
error-to-invoice-none = Tick at least one line.
error-to-invoice-many = At most { $most } lines at once

api-get-invoices-id-instalments = Instalments of an invoice and what is open of each
api-put-invoices-id-instalments = Replace the instalments of an invoice
api-get-to-invoice = What payment plans foresee and has no invoice yet
api-post-to-invoice = Make the invoices of lines of payment plans, each once

nav-bank = Bank statements
bank-import = Bring in a statement
bank-file = File
bank-file-hint = CSV with a line of column names (date, amount or credit and debit, text, payer, reference), or CAMT.053
bank-account = Account
bank-lines = Lines
bank-waiting = Waiting
bank-when = Brought in
bank-none = No statement yet
bank-none-text = Bring in what the bank gives: each line is matched with open invoices and becomes a payment when you accept it.
bank-imported = { $n } lines brought in, { $repeated } were there already
bank-repeated = { $n } lines of this file were there already and were left out.
bank-more = The first { $n } lines are shown, those that wait first.
bank-sure = Accept the certain ones
bank-undo = Undo the statement
bank-was-undone = This statement was undone: its payments are archived. It may be brought in again.
bank-accept = Accept
bank-leave = Leave
bank-invoice = Invoice
bank-invoice-hint = Its number; empty: the oldest open ones of the customer
bank-payment = Payment
bank-accepted = { $n } accepted
bank-left = Left as it is
bank-undone = Undone, { $n } payments taken back
bank-state-new = Waiting
bank-state-accepted = Accepted
bank-state-left = Left
bank-state-undone = Undone
bank-why-number_amount = Number and amount of the invoice
bank-why-number = Number of the invoice
bank-why-account_amount = Known account, amount of the invoice
bank-why-account = Known account
bank-why-name_amount = Name of the customer, amount of the invoice
bank-why-name = Name of the customer
bank-why-amount = Only the amount fits

event-bank_statement-imported = Bank statement brought in
event-bank_statement-undone = Bank statement undone
event-bank_line-accepted = Line of a bank statement accepted
event-bank_line-left = Line of a bank statement left

error-bank-large = The file is larger than { $most }. Ask the bank for a shorter period.
error-bank-empty = The file has no lines with an amount.
error-bank-xml = Not a whole CAMT.053 document: it breaks off or is not allowed at character { $at }.
error-bank-columns = No line of column names was found. It must name a date, and an amount or a credit.
error-bank-lines = More than { $most } lines. Ask the bank for a shorter period.
error-bank-currency = Line { $row }: the currency is not known.
error-bank-day = Line { $row }: the date cannot be read; write it like 2026-11-24.
error-bank-amount = Line { $row }: the amount cannot be read.
error-bank-repeated = All { $n } lines of this file are there already; nothing was changed.
error-bank-done = This line is accepted or undone already.
error-bank-out = Money that went out is no payment of a customer.
error-bank-invoice = No invoice with this number
error-bank-who = Choose the customer or the invoice
error-bank-undone = This statement is not there or is undone already.

api-get-bank = Bank statements
api-post-bank = Bring in a bank statement (CSV or CAMT.053)
api-get-bank-id = A bank statement with its lines and proposals
api-post-bank-id-sure = Accept every line whose proposal is certain
api-post-bank-id-undo = Take back everything a bank statement brought
api-post-bank-id-lines-line-accept = Accept a line as a payment
api-post-bank-id-lines-line-leave = Leave a line
error-invoice-nothing = There is nothing to invoice: the order comes to 0. Add lines with a price first.
error-allocation-negative = Not below zero: both the invoice and the payment are above zero. To take money off again, remove the allocation.
error-allocation-positive = Not above zero: a credit note and a refund are settled with an amount below zero.
error-allocation-kinds = A payment goes to an invoice, a refund to a credit note. These two do not fit.
error-order-invoiced = { $n ->
    [one] Invoice { $number } of this order stands. Take its payments off and make it void first.
   *[other] { $n } invoices of this order stand, { $number } among them. Take their payments off and make them void first.
}
error-party-owes = { $n ->
    [one] Invoice { $number } of this customer is open. Have it paid or make it void first.
   *[other] { $n } invoices of this customer are open, { $number } among them. Have them paid or make them void first.
}
error-party-unallocated = { $n ->
    [one] Payment { $number } of this customer is not wholly put to invoices. Put the rest to an invoice, or enter the refund, first.
   *[other] { $n } payments of this customer are not wholly put to invoices, { $number } among them. Put the rest to invoices, or enter the refunds, first.
}

# Paying by a link.
nav-online_payment = Online payment
online-payment-bank-title = Bank account
online-payment-bank-note = shown to customers on the page behind a payment link
online-payment-holder = Account holder
online-payment-bank = Bank
online-payment-account = Account number
online-payment-bic = BIC / SWIFT
online-payment-note = Remark
online-payment-note-hint = What a customer should know when paying by transfer.
online-payment-provider-title = Payment provider
online-payment-provider-note = Stripe Checkout, or a provider that speaks the same protocol
online-payment-on = Customers may pay online
online-payment-secret_key = Secret key
online-payment-webhook_secret = Secret of the webhook
online-payment-key-none = No key is kept yet.
online-payment-key-kept = A key is kept and not shown again. Leave this empty to keep it.
online-payment-base = Address of the API
online-payment-base-hint = Leave it as it is for Stripe.
online-payment-site = Address of this site
online-payment-site-hint = As customers reach it, such as https://crm.example.com. Empty: the address by which the customer came.
online-payment-forget_keys = Forget both keys
online-payment-webhook = Let the provider send its notices to this path of your site:
online-payment-saved = Saved
online-payment-notices = What the provider told lately
online-payment-no-notice = No notice yet
online-payment-no-notice-text = What the provider tells about payments is listed here.
online-payment-when = When
online-payment-what = Notice
online-payment-outcome = What came of it
online-payment-outcome-booked = Booked
online-payment-outcome-noted = Noted, nothing to book
online-payment-outcome-stranger = Not a payment of this house
online-payment-outcome-none = Nothing to do
error-online-payment-text = This is too long or holds signs that cannot be shown. Shorten it.
error-online-payment-key = This does not look like a key. Copy it again from the provider’s page, without spaces.
error-online-payment-no-key = Without this key nothing can be paid online. Enter it, or switch online payment off.
pay-link-title = Payment link
pay-link-none = With a payment link, the customer sees what is open and pays it without signing in.
pay-link-ended = The link has ended.
pay-link-make = Make a payment link
pay-link-made = The payment link is made
pay-link-open = Open the customer’s page
pay-link-copy = Copy
pay-link-note = Send it to the customer yourself; Zhike sends nothing. Good until { $day }.
pay-link-opened = First opened { $at }, { $n } times in all
pay-link-unopened = Not opened yet
pay-link-revoke = Take the link back
pay-link-revoked = The link is taken back
pay-session-asking = Being opened
pay-session-open = Customer is paying
pay-session-paid = Paid online
pay-session-expired = Not paid in time
pay-session-failed = Failed
pay-done = Paid or credited
pay-open = Open
pay-reference = Reference
pay-online = Pay online
pay-online-text = You go to the payment provider’s page and come back afterwards.
pay-button = Pay { $amount }
pay-transfer = Pay by bank transfer
pay-transfer-text = Please give the reference, so that we know what it is for.
pay-nothing-set = No way of paying is set up here yet. Please ask us how to pay.
pay-state-paid = This invoice is settled. There is nothing to pay.
pay-state-thanks = Paid. Thank you.
pay-state-void = This invoice was made void. There is nothing to pay.
pay-state-revoked = This link was taken back. Please ask us for a new one.
pay-state-expired = This link is no longer good. Please ask us for a new one.
pay-state-nothing = There is nothing to pay on this invoice.
pay-waits = We are waiting for the provider’s confirmation. This page looks again by itself.
pay-cancelled = You left without paying. You can try again.
pay-trouble = Paying online does not work at the moment. Try again later, or pay by transfer.
pay-changed = Something changed meanwhile. Please look again.
pay-leaving = On to payment
pay-leaving-text = You are being sent to the payment provider. If nothing happens, use the button.
pay-go = To the payment page
error-pay-signature = The signature of this notice is wrong. Check the secret of the webhook.
error-pay-signature-old = The signature of this notice is too old or too new. Check the clock of the server.
error-pay-notice = This notice cannot be read. It must be the JSON of an event.
error-pay-over = Nothing can be paid here any more.
error-pay-none = No payment provider is set up.
error-pay-key = The payment provider refuses our key. Enter the right one under Online payment. { $why }
error-pay-refused = The payment provider refused this: { $why }
error-pay-answer = The payment provider’s answer cannot be understood. Check the address of its API under Online payment.
error-pay-busy = The payment provider has too much to do. Try again in a minute.
error-pay-down = The payment provider has a failure. Try again later.
error-pay-link-closed = Only an invoice with something open gets a payment link.
error-pay-link-none = There is no link to take back.
event-online_payment-changed = Online payment was set up: { $what }
event-invoice-link_made = Payment link of { $what } made
event-invoice-link_revoked = Payment link of { $what } taken back
event-invoice-link_opened = Payment link of { $what } opened by the customer
event-invoice-paid_online = { $what } paid online
event-invoice-refunded_online = Money for { $what } went back by the provider

# Dunning.
nav-dunning = Dunning
job-billing-dunning = Dunning notices
dunning_level-one = Dunning level
dunning_level-many = Dunning levels
dunning_level-group-main = Level
dunning_level-name = Name in Chinese
dunning_level-name_latin = Name in English
dunning_level-days = Days overdue
dunning_level-letter = Letter in Chinese
dunning_level-letter_latin = Letter in English
dunning_level-fee = Fee
dunning_level-currency = Currency
dunning_block-one = Exemption from dunning
dunning_block-many = Exemptions
dunning_block-group-main = Exemption
dunning_block-party_id = Customer
dunning_block-invoice_id = Only this invoice
dunning_block-reason = Reason
dunning_block-reason-dispute = Dispute
dunning_block-reason-agreement = Agreement with the customer
dunning_block-reason-other = Other
dunning_block-until_on = Until
dunning_block-note = Note
dunning-state-proposed = Proposed
dunning-state-held = Kept
dunning-state-dropped = Put aside
dunning-title-proposed = To review
dunning-title-held = Kept: on their way or sent
dunning-title-dropped = Put aside
dunning-none-proposed = Nothing to review. Every night it is looked which invoices are late enough.
dunning-none-held = No notice is kept.
dunning-none-dropped = No notice was put aside.
dunning-held-note = A notice that you keep goes to the customer as a matter of contract, at the first moment and by the way that the customer allows. You can print it besides.
dunning-no-plan = No dunning plan yet
dunning-no-plan-text = Levels say after how many days overdue which letter is due.
dunning-usual = Begin with three usual levels
dunning-usual-made = Three levels are made. Look at their letters and adapt them.
dunning-usual-first = Payment reminder
dunning-usual-first-letter = Dear {"{"}customer{"}"},
    perhaps it escaped you: {"{"}amount{"}"} is open. If you have paid meanwhile, please take this as done.

    {"{"}company{"}"}
dunning-usual-second = Second reminder
dunning-usual-second-letter = Dear {"{"}customer{"}"},
    we have not received {"{"}amount{"}"}, up to {"{"}days{"}"} days overdue. Please pay within seven days, or tell us what stands in the way.

    {"{"}company{"}"}
dunning-usual-last = Last reminder
dunning-usual-last-letter = Dear {"{"}customer{"}"},
    in spite of our reminders {"{"}amount{"}"} is still open, up to {"{"}days{"}"} days overdue. Please pay {"{"}total{"}"} within seven days; otherwise we stop deliveries.

    {"{"}company{"}"}
dunning-run = Look now
dunning-ran =
    { $n ->
        [0] No further notice is due
        [one] One notice was proposed
       *[other] { $n } notices were proposed
    }
dunning-made_on = Date
dunning-invoices = Invoices
dunning-asked = Asked for
dunning-decide = Decide
dunning-keep = Keep
dunning-drop = Put aside
dunning-kept = Kept: it goes at the first moment that the customer allows
dunning-dropped = Put aside
dunning-days-late = Days overdue
dunning-lines = What it asks for
dunning-letter = Letter
dunning-total = In all
dunning-is-proposed = Proposed: keep it or put it aside. Nothing leaves before.
dunning-is-held = Kept and handed over: it goes at the first moment that the customer allows.
dunning-is-dropped = Put aside.
dunning-was-paid = Everything on it was settled.
error-dunning-days = Write 1 to 3650 days.
error-dunning-same-days = Another level has the same number of days. Choose a different one.
error-dunning-place = “{ $name }” is no placeholder. Known are customer, company, date, number, amount, fee, total, days, invoices.
error-dunning-fee = A fee is not below zero.
error-dunning-decided = This notice was decided on already. Load the page again.
error-dunning-paid = Everything on this notice is settled meanwhile. Put it aside.
error-dunning-blocked = The customer or one of the invoices is exempt from dunning now. Put the notice aside, or end the exemption.
error-dunning-has-plan = There is a plan already.
event-dunning-proposed = Dunning notice { $what } proposed
event-dunning-kept = Dunning notice { $what } kept and handed over
event-dunning-dropped = Dunning notice { $what } put aside
event-dunning_level-created = Dunning level { $what } made
event-dunning_level-changed = Dunning level { $what } changed
event-dunning_level-archived = Dunning level { $what } archived
event-dunning_level-restored = Dunning level { $what } restored
event-dunning_block-created = Exemption { $what } from dunning made
event-dunning_block-changed = Exemption { $what } from dunning changed
event-dunning_block-archived = Exemption { $what } from dunning archived
event-dunning_block-restored = Exemption { $what } from dunning restored

# Digital goods.
download-title = Downloads
download-ready = Everything is paid: the link hands the files out.
download-waits = Not paid yet: the link says so and hands nothing out.
download-make = Make a download link
download-made = The download link is made
download-count =
    { $n ->
        [one] fetched once, { $at }
       *[other] fetched { $n } times, last { $at }
    }
download-revoked = This link was taken back. Please ask us for a new one.
download-expired = This link is no longer good. Please ask us for a new one.
download-unpaid = The files are released when the order is paid. Still open: { $amount }.
download-pay = Pay now
download-none = There are no files here. Please ask us.
download-size = { $kb } KB
download-fetch = Download
error-download-closed = Nothing is handed out here now. Look at the page of the link.
error-download-nothing = This invoice has no digital goods with files. Put documents or videos on a product of the kind Digital, and make the invoice from its order.
event-invoice-downloads_opened = Download link of { $what } made
event-invoice-downloads_closed = Download link of { $what } taken back
event-invoice-file_fetched = A file of { $what } fetched by the customer
dunning-message = The message
error-dunning-gone = It has gone to the customer already and cannot be put aside

portal-tab-invoices = Invoices
portal-invoices-none = No invoices yet
portal-invoices-none-text = Your invoices and what is open will stand here.
portal-pay = Pay
portal-due = { $n ->
    [one] One invoice is overdue: { $money }.
   *[other] { $n } invoices are overdue: { $money }.
 }
portal-about-invoices = What is paid, open and due
error-invoice-issued = An issued invoice keeps its customer, order, number, day and amount, and is not put away. Cancel it and issue another one, or write a credit note.
error-invoice-order-party = The order is another customer’s
error-invoice-beyond = More than what is left to invoice of this order
error-payment-future = Not after today: what is not here yet is not received
