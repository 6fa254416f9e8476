# The gate: channels, classes, and why something may or may not go.
channel-email = E-mail
channel-phone = Phone
channel-sms = Text message
channel-chat = Messenger
channel-fax = Fax
channel-letter = Letter
channel-visit = Visit
channel-portal = Portal
class-law = Required by law
class-safety = Safety
class-contract = Contract
class-service = Service
class-promotion = Promotion
gate-day-1 = Mon
gate-day-2 = Tue
gate-day-3 = Wed
gate-day-4 = Thu
gate-day-5 = Fri
gate-day-6 = Sat
gate-day-7 = Sun
gate-days-all = every day
gate-by-customer = the customer
gate-by-employee = an employee, on the customer’s word
gate-by-import = an import
gate-by-inferred = an inference
gate-by-house = the house
gate-ok-law = Required by law: it may not be refused
gate-ok-safety = Safety: it may not be refused
gate-ok-contract = A contract in force asks for it
gate-ok-service = Service within the customer’s wishes
gate-ok-agreed = Agreed with the customer
gate-ok-consent = The customer agreed to it{ $day ->
    [none] {""}
   *[other] {" "}on { $day }
  }
gate-channel-closed = { $channel }: switched off by { $by } on { $since }
gate-channel-only = { $channel }: open for other things only, says { $by }
gate-channel-unnamed = { $channel } is not among the ways that the customer named
gate-address-closed = This address was closed by its holder on { $day } ({ $channel })
gate-closed-but-due = { $channel } is closed, but there is no other way and it may not be refused
gate-no-address = { $channel }: no address known
gate-no-party = The customer is not there any more
gate-topic-unwanted = Not wanted: { $topic }, says { $by }
gate-topic-other = The customer wants to hear of other things, not of { $topic }
gate-topic-unnamed = The customer wants certain topics only, and the message names none
gate-no-consent = Nobody agreed to promotion by this channel ({ $channel })
gate-consent-withdrawn = The consent was withdrawn on { $day } ({ $channel })
gate-consent-ended = The consent ended on { $day } ({ $channel })
gate-consent-later = The consent begins on { $day } ({ $channel })
gate-frequency = { $per ->
    [day] Today’s
    [week] This week’s
   *[month] This month’s
  } { $most } are used up: the customer wants no more
gate-frequency-house = { $per ->
    [day] Today’s
    [week] This week’s
   *[month] This month’s
  } { $most } are used up: the house sends no more
gate-pause = The customer wants to be left in peace until { $day }
gate-pause-open = The customer wants to be left in peace since { $day }, until further notice
gate-hours = Only at { $hours }, the customer’s time
gate-hours-house = Only at decent hours: { $hours }, the customer’s time
gate-no-time = No time is left open within { $days } days
gate-may-not-wait = It would be allowed from { $at } on, but it may not wait
