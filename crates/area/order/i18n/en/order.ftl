nav-order = Orders
order-one = Order
order-many = Orders
order-group-main = Order
order-group-days = Dates
order-group-money = Amounts
order-group-more = More
order-party_id = Customer
order-owner_id = Salesperson
order-kind = Kind
order-kind-sale = Sale
order-kind-return = Return
order-status = Status
order-status-draft = Draft
order-status-confirmed = Confirmed
order-status-shipped = Shipped
order-status-delivered = Delivered
order-status-cancelled = Cancelled
order-ordered_on = Ordered on
order-required_on = Wanted by
order-shipped_on = Shipped on
order-delivered_on = Delivered on
order-currency = Currency
order-net = Net
order-tax = Tax
order-total = Total
order-cost = Cost of goods
order-freight = Freight we pay
order-returns_id = Takes back from
order-channel = Channel
order-external_key = Key elsewhere
order-note = Note
order-margin = Margin
order-sums = Totals
order-new = New order
order-to-confirmed = Confirm
order-to-shipped = Mark shipped
order-to-delivered = Mark delivered
order-to-cancelled = Cancel order
order-return = Make return
order-cost-unknown =
    { $n ->
        [one] The cost of one line is unknown, so the margin cannot be told.
       *[other] The cost of { $n } lines is unknown, so the margin cannot be told.
    }

order_line-one = Order line
order_line-many = Order lines
order_line-group-main = Line
order_line-order_id = Order
order_line-position = Position
order_line-product_id = Product
order_line-description = Words
order_line-quantity = Quantity
order_line-unit_price = Unit price
order_line-discount = Discount
order_line-tax_rate = Tax rate
order_line-net = Net
order_line-tax = Tax
order_line-unit_cost = Unit cost
order_line-cost = Cost
order_line-currency = Currency
order_line-unit = Unit
order_line-options = Options
order_line-base_quantity = Quantity in base units
order_line-manual_price = Price by hand
order_line-price_reasons = Why this price
order-line-manual = By hand
order-line-options-hint = Codes of the chosen options, separated by spaces

order-tab-lines = Lines
order-lines-none = No lines yet
order-lines-none-text = Add the first product below.
order-lines-locked = The goods have left, so the lines are fixed. What comes back goes on a return.
order-line-actions = Actions
order-line-new = Add a line
order-line-add = Add line
order-line-edit = Edit line
order-line-remove = Remove line
order-line-removed = Line removed
order-line-unit_price-hint = Empty: the product’s price
order-line-unit_cost-hint = Empty: what the product cost on the day of the order
order-line-sum = Net { $net } · tax { $tax } · total { $total }

party-tab-orders = Orders
order-year-net = Net of 12 months
product-tab-buyers = Buyers
product-buyers-last = Last order
product-buyers-note = Last 12 months, orders you may see
product-buyers-none = Nobody bought it in 12 months
product-buyers-none-text = As soon as it stands on a confirmed order, its buyers are listed here.

event-order-created = Order { $what } made
event-order-changed = Order { $what } changed
event-order-archived = Order { $what } archived
event-order-restored = Order { $what } restored
event-order_line-created = Order line added { $what }
event-order_line-changed = Order line changed { $what }
event-order_line-archived = Order line removed { $what }
event-order_line-restored = Order line put back { $what }

error-order-zero = Not zero
error-order-price = Not below zero
error-order-rate = Between 0% and 100%
error-order-discount = Between nothing and the whole line, with the sign of the quantity
error-order-negative = A sale has no negative quantity. What comes back goes on a return.
error-order-positive = A return has negative quantities only.
error-order-customer = The customer of a confirmed order, or of a return, stays. Cancel it and enter it anew for the other customer.
error-order-locked = The goods have left: this can no longer be changed. What comes back goes on a return.
error-order-has-lines = Kind and currency are fixed once there are lines.
error-order-line-moved = A line stays with its order. Remove it here and add it there.
error-order-returns = Only a return takes back from an order.
error-order-start = A new order is a draft or confirmed.
error-order-year = This year cannot be right
error-order-before-ordered = Not before the order
error-order-before-shipped = Not before it was shipped
error-order-not-yet = Only once the order has come that far; use the buttons for the status
error-order-future = This lies in the future
error-order-after-draft = A draft is confirmed or cancelled next.
error-order-after-confirmed = A confirmed order is shipped or cancelled next.
error-order-after-shipped = A shipped order is delivered next. What comes back goes on a return.
error-order-after-delivered = A delivered order is finished. What comes back goes on a return.
error-order-after-cancelled = A cancelled order stays cancelled. Write a new one.
error-order-no-return = Only a shipped or delivered sale can come back.
error-order-all-back = Everything on this order has come back already.

api-post-orders-id-status = Bring an order into another state
api-post-orders-id-return = Make a return of an order

order-view-open = Open
order-view-mine = My orders
error-order-no-lines = An order without lines cannot be confirmed. Add a line first.
error-order-start-empty = An order without lines starts as a draft. Choose draft, or send its lines along.
error-order-last-line = This is the last line of a confirmed order. Add another line first, or cancel the order.
error-party-open-orders = { $n ->
    [one] Order { $number } of this customer is still under way. Deliver or cancel it first.
   *[other] { $n } orders of this customer are still under way, { $number } among them. Deliver or cancel them first.
}
nav-order-settings = Order settings
order-settings-tax = Usual tax rate (%)
order-settings-tax-hint = For new lines of orders and quotes whose product has no tax class. Empty: such lines carry no tax.
order-line-tax_rate-hint = %. Empty: that of the product’s tax class, else the company’s
order-line-tax-own = tax rate { $rate } as typed
order-line-tax-product = tax rate { $rate } from the product’s tax class
order-line-tax-company = tax rate { $rate } from the order settings
order-line-tax-nowhere = no tax: the product has no tax class with a rate, the order settings name none
event-order-settings_changed = changed the order settings

order-partial = May leave in parts
order-deliver = When it can leave
order-deliver-on = Leaves on
order-deliver-why = Why then
order-deliver-today = Today
order-deliver-unknown = Unknown
order-deliver-all-today = Everything can leave today.
order-deliver-all = Everything can leave on { $day }.
order-deliver-none = For at least one line nobody knows when all of it will be there.
order-deliver-late = That is later than the customer wants it.
order-deliver-parts = Delivered in parts, it could leave like this:
order-confirm-parts = Confirm, deliver in parts

api-post-orders-id-deliverability = When an order can leave, and why then

portal-tab-orders = Orders
portal-orders-none = No orders yet
portal-orders-none-text = Your orders and where your goods are will stand here.
portal-about-orders = What you ordered, and where it is
order_line-list_price = List price
error-order-approval-stands = As it would be, this order needs approval. Take it down to what the rules allow, or enter it as a draft and ask for approval.
error-product-open-orders = { $n ->
    [one] One line of an order under way has this product, on { $number }. Deliver or cancel it first, or set the product inactive.
   *[other] { $n } lines of orders under way have this product, e.g. on { $number }. Deliver or cancel them first, or set the product inactive.
}
