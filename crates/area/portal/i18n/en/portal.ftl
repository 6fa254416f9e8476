nav-portal_account = Portal accounts

portal_account-one = Portal account
portal_account-many = Portal accounts
portal_account-group-main = Account
portal_account-name = Name
portal_account-email = E-mail
portal_account-party_id = Sees the data of
portal_account-language = Language
portal_account-language-en = English
portal_account-language-zh-cn = Chinese
portal_account-state = State
portal_account-state-invited = Invited
portal_account-state-active = Has signed in
portal_account-seen_at = Last here

event-portal_account-created = opened portal account { $what }
event-portal_account-changed = changed portal account { $what }
event-portal_account-archived = closed portal account { $what }
event-portal_account-restored = reopened portal account { $what }
event-portal_account-invited = invited { $what } to the portal
event-portal_account-link_asked = { $what } asked for a link to the portal
event-portal_account-signed_in = { $what } signed in to the portal
event-portal_account-sign_in_failed = { $what }: wrong password in the portal
event-portal_account-password_set = { $what } set a password for the portal

portal-title = Portal
portal-tab-home = Home
portal-tab-messages = Messages
portal-sign-in = Sign in to the portal
portal-sign-out = Sign out
portal-by-link = By a link
portal-by-link-text = We send a link to your e-mail address. No password is needed.
portal-send-link = Send me a link
portal-by-password = By a password
portal-link-sent = If { $email } has an account, a link is on its way. It is good for 30 minutes, in this browser.
portal-welcome = Welcome
portal-welcome-text = { $name }, you are about to enter the portal of { $company }.
portal-new-password = Password
portal-new-password-hint = As you like: without one you always sign in by a link. At least 10 characters.
portal-password-hint = At least 10 characters.
portal-old-password = Password until now
portal-change-password = Change the password
portal-password-kept = Password kept. Other devices were signed out.
portal-account = My account
portal-others = Other devices
portal-others-text = { $n ->
    [one] You are signed in on one other device.
   *[other] You are signed in on { $n } other devices.
 }
portal-others-end = Sign out there
portal-others-ended = Signed out on the other devices.
portal-home-text = Here is what we have with { $party }.
portal-no-messages = No messages yet.
portal-new = new
portal-write = Write to us
portal-subject = Subject
portal-body = Message
portal-send = Send
portal-said = Sent. You will find our answer here.
portal-answer = Answer
portal-you = You

portal-access = Access
portal-no-address = No invitation goes out by mail: set the address of this house for customers under “Contact manners”. The link can be copied.
portal-invited-on = Invited on { $at }, not followed yet.
portal-copy = Copy the invitation
portal-sessions = { $n ->
    [one] Signed in on one device.
   *[other] Signed in on { $n } devices.
 }
portal-invite = Invite
portal-invite-again = Invite again
portal-invited = The invitation goes out as soon as this customer may be written to.
portal-invited-unsent = A new invitation is ready. Copy its link: no mail was sent.
portal-nobody = Nobody has access to the portal.

letter-portal-invite-subject = Your access to the portal of { $company }
letter-portal-invite = { $name },

    in our portal you see your orders, invoices and complaints, write to us, and say how you want to be reached.

    Come in here (within 14 days):
    { $link }

    { $company }
letter-portal-link-subject = Your link to the portal of { $company }
letter-portal-link = { $name },

    here is the link you asked for. It is good for 30 minutes, in the browser in which you asked for it:
    { $link }

    If you did not ask for it, there is nothing you need to do.

    { $company }
letter-portal-notice-subject = A message for you in the portal of { $company }
letter-portal-notice = { $name },

    we have written to you. Read it here:
    { $link }

    { $company }

error-no-guest = Sign in to the portal to go on.
error-portal-sign-in = The e-mail address or the password is wrong.
error-portal-link-over = This link was used or is too old. Ask for a new one here.
error-portal-other-browser = Open this link in the browser in which you asked for it, or ask for a new one here.
error-portal-old-password = This is not the password until now.
error-portal-long = Too long: at most 10,000 characters.
portal-hello = Hello, { $name }
