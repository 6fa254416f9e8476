nav-connect = Connections
job-connect-webhooks = Webhooks

connect-inbound = Messages from other systems
connect-inbound-note = kept as they came, with the result of each item
connect-inbound-all = All
connect-inbound-refused = With refusals
connect-inbound-none = No message yet
connect-inbound-none-text = Other systems send stock levels, invoices and payments to /api/v1/inbound/…; see the API description.
connect-inbound-no-refused = Nothing was refused.
connect-when = When
connect-kind = Contents
connect-kind-shipments = Shipments
connect-kind-stock-levels = Stock levels
connect-kind-invoices = Invoices
connect-kind-payments = Payments
connect-message = Message
connect-sender = Sender
connect-state = State
connect-state-received = Under way
connect-state-done = Done
connect-state-partly = Partly refused
connect-state-refused = Refused
connect-applied = Applied
connect-unchanged = Unchanged
connect-refused = Refused
connect-older = Older
connect-items = Items
connect-received = received { $at }, tried again { $n } times
connect-body = As it came
connect-key = Key
connect-outcome = Result
connect-outcome-applied = Applied
connect-outcome-unchanged = Unchanged
connect-outcome-refused = Refused
connect-why = Why
connect-replay = Try the refused items again
connect-replayed =
    { $n ->
        [0] All items are in now
        [one] One item is still refused
       *[other] { $n } items are still refused
    }
inbound-older = A newer message about this came before; nothing was changed.

webhook-many = Webhooks
webhook-note = other systems are told what happened
webhook-none = Nobody is told yet. A webhook sends what happens here to an address of your own system.
webhook-new = New webhook
webhook-name = Name
webhook-url = Address
webhook-url-hint = Where the messages are posted to, such as https://erp.example.com/hooks/zhike.
webhook-kinds = Events
webhook-kinds-hint = One a line, such as invoice.* or payment.created.v1. Empty: all of them.
webhook-all-kinds = all
webhook-active = Switched on
webhook-on = On
webhook-off = Off
webhook-is-off = This webhook is switched off. Switched on again, it goes on where it stood.
webhook-waiting = Waiting
webhook-dead = Given up
webhook-dead-said =
    { $n ->
        [one] One message was given up after eight tries.
       *[other] { $n } messages were given up after eight tries.
    } Mend the receiver, then send them again.
webhook-messages = Messages
webhook-no-message = No message yet
webhook-no-message-text = What happens from now on and fits the events is sent within seconds.
webhook-event = Event
webhook-tries = Tries
webhook-state-waiting = Waiting
webhook-state-sent = Arrived
webhook-state-dead = Given up
webhook-answer = The receiver answered with status { $status }.
webhook-next = Next try { $at }.
webhook-again = Send again
webhook-again-all = Send all of them again
webhook-sent-again =
    { $n ->
        [one] One message is sent again
       *[other] { $n } messages are sent again
    }
webhook-settings = Settings
webhook-saved = Saved
webhook-secret = Secret
webhook-secret-note = messages are signed with it (Standard Webhooks)
webhook-secret-once = This secret is shown only now. Enter it in the receiving system.
webhook-secret-new = Make a new secret
webhook-remove = Remove this webhook
webhook-removed = The webhook is removed

error-inbound-body = The message must be a JSON object with message_id, sent_at and items.
error-inbound-item = Each item must be a JSON object.
error-inbound-field = There is no such field here. Take it out, or correct its name.
error-inbound-shape = This must be a text, a number, or true or false.
error-inbound-long = This is too long. Shorten it.
error-inbound-key = This is too long or not a plain text. Use up to 200 characters on one line.
error-inbound-unknown = No record is known by this. Send it first, or correct the key.
error-inbound-twice = Several records are known by this. Make the key unique first.
error-inbound-items = A message has 1 to 500 items. Split it.
error-inbound-future = This lies more than an hour ahead. Check the clock of the sender.
error-inbound-differs = Another message with this message_id came before. Give each message an id of its own.
error-inbound-nothing = Nothing of this message was refused.
error-event-kind = No event of this house has such a name. See the list of events in the API description.
error-event-limit = Ask for 1 to 500 events at once.
error-event-after = Give the cursor of the last answer (a whole number), or “now”.
error-webhook-none-dead = No message of this webhook was given up.

event-inbound-received = Message { $what } received
event-inbound-replayed = Message { $what } tried again
event-webhook-created = Webhook { $what } set up
event-webhook-changed = Webhook { $what } changed
event-webhook-removed = Webhook { $what } removed
event-webhook-sent_again = Messages of webhook { $what } sent again
