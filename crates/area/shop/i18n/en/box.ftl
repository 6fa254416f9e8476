# Message boxes for other sites.
nav-message_box = Message boxes
message_box-one = Message box
message_box-many = Message boxes
message_box-name = Name
message_box-active = In use
message_box-language = Language
message_box-language-auto = The visitor's
message_box-language-zh-cn = Chinese
message_box-language-en = English
message_box-side = Corner of the page
message_box-side-right = Right
message_box-side-left = Left
message_box-title = Title, Chinese
message_box-title_latin = Title, English
message_box-intro = Words above, Chinese
message_box-intro_latin = Words above, English
message_box-agreement = What is agreed to, Chinese
message_box-agreement_latin = What is agreed to, English
message_box-thanks = Thanks, Chinese
message_box-thanks_latin = Thanks, English
message_box-sites = Sites that may show it
message_box-hour_limit = Most messages in an hour
message_box-token = Secret part of its address
message_box-group-main = Message box
message_box-group-words = Words
message_box-group-guard = Guard
message_box-tab-embed = On your site

box-usual-title = Write to us
box-usual-intro = We answer by mail, usually within one working day.
box-usual-agreement = I agree that my message and my details are kept so that you can answer me.
box-usual-thanks = Thank you. Your message has arrived; we will answer you soon.
box-ask-body = Your message
box-ask-name = Name
box-ask-email = E-mail
box-ask-phone = Telephone
box-send = Send
box-look-again = Please look at the marked fields.
box-too-fast = That was very fast. Please send it once more.
box-stale = This page was open for long. Please send it once more.
box-too-many = Too many messages just now. Please try again in a quarter of an hour.
box-your-host = the-address-of-this-house
box-embed-text = Paste this line before the end of each page of your site (before </body>). A button stands in the corner; what is written there comes to the inbox.
box-snippet = Line to paste
box-policy = A site with a content security policy allows:
box-no-sites = No site is named yet: until one is, the box stands in no page but ours. Name the address of your site, for instance https://www.example.com.
box-not-active = The box is switched off: visitors see nothing.
box-recent = { $n ->
    [0] No message in the last thirty days.
    [one] One message in the last thirty days.
   *[other] { $n } messages in the last thirty days.
}
box-preview = How it looks
box-alone = On its own

error-box-site = { $site } is no address of a site. Write https://www.example.com, without a path.
error-box-limit = Between 1 and 1000.
error-box-address = An e-mail address or a telephone number is needed to answer you.
error-box-agreed = Without your agreement we must not keep the message.

event-message_box-created = Message box { $what } was made
event-message_box-changed = Message box { $what } was changed
event-message_box-archived = Message box { $what } was put away
event-message_box-restored = Message box { $what } was taken out again
event-message_box-posted = Wrote by a message box
