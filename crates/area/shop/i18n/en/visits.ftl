# Visits to our own sites, of people who agreed.
web_visitor-one = Visitor
web_visitor-many = Visitors
web_visitor-name = Site
web_visitor-party_id = Customer
web_visitor-box_id = Message box
web_visitor-agreed_at = Agreed
web_visitor-words = What was agreed to
web_visitor-mark = Mark
web_visitor-group-main = Visitor
event-web_visitor-created = A visitor agreed that visits are recorded: { $what }
event-web_visitor-changed = A visitor said who they are: { $what }
event-web_visitor-archived = A visitor was forgotten, with what they looked at: { $what }
event-web_visitor-restored = A visitor was taken out again: { $what }
message_box-visits = Record visits of those who agree
message_box-visit_words = Question before visits, Chinese
message_box-visit_words_latin = Question before visits, English
message_box-group-visits = Visits
message_box-tab-visits = Visits
box-usual-visit_words = May we record which of our pages you look at, so that we can answer you better? You can say no and use everything.
visits-yes = Yes, you may
visits-no = No
visits-title = Looked at on our site
visits-recent = { $site } · { $n ->
    [0] none in thirty days
    [one] one page in thirty days
   *[other] { $n } pages in thirty days
}
visits-forget = Forget visits
visits-forget-sure = Everything that this customer looked at is deleted for good, and their browser is not known any more. The consent stays as it is: withdraw it under Consents.
visits-forgotten = The visits are forgotten
visits-off = Visits are not recorded
visits-off-text = Switch on “Record visits of those who agree” and name the sites. Visitors are asked first.
visits-embed = Paste this line beside the one of the message box, on each page of your site. Visitors are asked once; nothing is sent before they say yes, and they can take it back.
visits-banner = Has your site a banner of its own? Add data-ask="no" and call zhikeVisits.agree() or zhikeVisits.refuse(). Whoever writes by the message box after agreeing is known as the customer from then on. Visits are kept for 400 days.
visits-agreed = { $n ->
    [0] Nobody has agreed yet.
    [one] One visitor has agreed.
   *[other] { $n } visitors have agreed.
}
visits-none = No page was looked at in the last thirty days.
visits-page = Page
visits-times = Looked at
visits-visitors = Visitors
error-visits-site = This site is not named in the message box: its visits are not taken.
error-visits-visitor = 32 hexadecimal digits
job-shop-visits_withdrawn = Forgetting visits whose consent is withdrawn
api-post-web-visits-token = A page of our site was looked at by somebody who agreed, or the agreement is taken back (“forget”)
api-get-parties-id-web-visits = What a customer looked at on our sites, newest first
api-delete-parties-id-web-visits = Forget what a customer looked at
