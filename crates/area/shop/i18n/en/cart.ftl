# Carts that were filled in shops.
nav-cart = Carts left behind
cart-one = Cart
cart-many = Carts
cart-name = Customer in the shop
cart-party_id = Customer
cart-value = Value
cart-currency = Currency
cart-items = Lines
cart-state = State
cart-state-open = Being filled
cart-state-left = Left behind
cart-state-written = Written to
cart-state-recovered = Ordered
cart-state-emptied = Emptied
cart-last_at = Last touched
cart-left_at = Left behind since
cart-shop_id = Shop
cart-order_id = Order
cart-email = E-mail
cart-phone = Telephone
cart-link = Where it goes on
cart-owner_id = In charge
cart-group-main = Cart
cart-view-left = Left behind
cart-view-recovered = Ordered
cart-view-open = Being filled
cart-tab-goods = What lies in it
cart-empty = It is empty
cart-empty-text = The customer took everything out again.
cart-line = Product
cart-quantity = Quantity
cart-net = Net
cart-tax = Tax
cart-write = Write an offer
cart-write-text = An offer is promotion: it goes only if the customer agreed to promotion, at the times they wish, and with a link to end it.
cart-nobody = Nobody whom we know: nobody is written to who has not given us an address.
cart-subject = Subject
cart-body = Words
cart-send = Send
cart-letter-subject = Your cart is still here
cart-letter = Hello { $name },

    you chose { $goods } and did not order. Is there a question that we can answer?
    { $link }

    Kind regards
cart-said-sent = The offer is on its way
cart-said-later = The offer goes on { $at }, as the customer wishes
cart-said-withheld = The customer does not want offers: nothing goes. The list of messages says why.
shop-cart_hours = A cart counts as left after (hours)
shop-cart_tasks = Open a task for each

error-cart-state = Only a cart that was left behind is written to, and once.
error-cart-nobody = The customer of this cart is not known.
error-shop-hours = Between 1 and 720 hours.

job-shop-cart_left = Carts left behind

event-cart-created = A cart was filled: { $what }
event-cart-changed = A cart changed: { $what }
event-cart-archived = A cart was put away: { $what }
event-cart-restored = A cart was taken out again: { $what }
