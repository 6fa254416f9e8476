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
