nav-letter = Letters
letter-one = Letter
letter-many = Letters
letter-code = Response code
letter-party_id = Customer
letter-subject = Subject
letter-state = State
letter-state-printing = In a batch
letter-state-posted = Posted
letter-state-back = Given back
letter-state-returned = Came back by post
letter-batch_id = Batch
letter-recipient = Recipient
letter-address = Address
letter-posted_on = Posted on
letter-answers = Answers
letter-answered_on = Last answer on
letter-trouble = What stands on the envelope
letter-body = Text
letter-message_id = Message
letter-record_type = About
letter-record_id = Record
letter-view-printing = In a batch
letter-view-posted = Posted
letter-view-returned = Came back
letter_batch-one = Batch of letters
letter_batch-many = Batches of letters
letter_batch-group-main = Batch
letter_batch-state = State
letter_batch-state-open = On the desk
letter_batch-state-posted = Posted
letter_batch-state-emptied = Given back
letter_batch-letters = Letters
letter_batch-made_on = Made on
letter_batch-posted_on = Posted on
letter_batch-view-open = On the desk
letter_batch-view-posted = Posted
letter_batch-tab-letters = Letters
event-letter-created = Letter { $what } made
event-letter-changed = Letter { $what }: changed
event-letter-archived = Letter { $what }: removed
event-letter-restored = Letter { $what }: put back
event-letter-posted = Letter { $what } posted
event-letter-given_back = Letter { $what } not printed; it waits again
event-letter-returned = Letter { $what } came back by post
event-letter-answered = Answer to letter { $what }
event-letter-printed = Letter { $what } printed
event-letter_batch-created = Batch { $what } made
event-letter_batch-changed = Batch { $what }: changed
event-letter_batch-archived = Batch { $what }: removed
event-letter_batch-restored = Batch { $what }: put back
event-letter_batch-posted = Batch { $what } posted
event-letter_batch-emptied = Batch { $what } given back
event-letter_batch-printed = Batch { $what } printed
letter-waiting = Waiting for paper
letter-waiting-text =
    { $n ->
        [one] One letter waits to be printed, since { $since }.
       *[other] { $n } letters wait to be printed, the first since { $since }.
    }
letter-later =
    { $n ->
        [one] One more may go later.
       *[other] { $n } more may go later.
    }
letter-many-at-once = A batch takes { $n } at most; the others come into the next one.
letter-none = Nothing to print
letter-none-text = What is to go by post waits here until somebody makes a batch of it.
letter-make = Make a batch
letter-made = The batch is made. Print it, then say that it was posted.
letter-made-none = Nothing may go by post just now: the customers’ wishes changed meanwhile.
letter-no-batch = No batches yet
letter-no-batch-text = Letters are printed and posted together, a batch at a time.
letter-code-card = An answer came
letter-code-text = Each letter has a code at its foot. It finds the letter and its customer.
letter-code-find = Find
letter-answer-to = Answer to { $code }
letter-answer-way = It came by
letter-answer-words = What it says
letter-answer-note = Note it
letter-answer-said = The answer is noted. It stands in the inbox.
letter-answer-back = This letter was never posted.
letter-print = Print
letter-print-text = A4, for envelopes with a window on the left. Labels are for envelopes without one.
letter-print-letters = All letters (PDF)
letter-print-labels = Labels (PDF)
letter-print-one = As printed (PDF)
letter-sheet = Sheet of labels
letter-sheet-3x8 = 3 × 8, 70 × 37 mm
letter-sheet-3x8-gap = 3 × 8, 64 × 33.9 mm, with gaps
letter-sheet-3x7 = 3 × 7, 63.5 × 38.1 mm
letter-sheet-2x7 = 2 × 7, 99.1 × 38.1 mm
letter-sheet-2x4 = 2 × 4, 105 × 74 mm
letter-skip = Labels used already
letter-open-note = These letters are on nobody’s record as sent until you say that they were posted.
letter-posted = Printed and posted
letter-posted-text = Each letter becomes a contact of its customer, dated today.
letter-posted-said =
    { $n ->
        [one] One letter is noted as posted.
       *[other] { $n } letters are noted as posted.
    }
letter-emptied = Not printed
letter-emptied-text = All letters wait again and come into the next batch, with new codes. Throw away what was printed.
letter-emptied-said =
    { $n ->
        [one] One letter waits again.
       *[other] { $n } letters wait again.
    }
letter-emptied-note = These letters were given back. They came, or will come, in another batch.
letter-taken-out = Take out
letter-taken-out-text = This letter waits again and comes into the next batch. Throw away what was printed.
letter-taken-out-said = Taken out: it waits again.
letter-returned = It came back
letter-returned-text = The message counts as undelivered, and it is our turn to find another way.
letter-returned-said = Noted: the letter did not arrive.
letter-unseen =
    { $n ->
        [one] One more letter is to a customer whom you do not see.
       *[other] { $n } more letters are to customers whom you do not see.
    }
letter-date = Date
letter-our-sign = Our reference
letter-ask = Please quote this code when you answer:
letter-page = Page { $n } of { $of }
error-letter-sight = A batch holds letters to anybody. Somebody who sees every customer makes and prints it.
error-letter-ended = This batch was posted or given back before.
error-letter-state = The letter’s state does not allow that any more.
error-letter-code = This is no code of a letter: seven signs, as on the letter’s last line. One of them is mistyped, or two changed places.
error-letter-unknown = No letter that you may see has this code.
error-letter-none = There is no letter in it.
error-letter-skip = A number smaller than the labels of a sheet, please.
error-letter-long = At most 20,000 characters, please.
