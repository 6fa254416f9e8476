letter-received-subject = We have received your message { $number }
letter-received =
    Thank you for telling us: { $subject }

    We are working on it under the number { $number }. Here you see how it stands, and can say when and how you want to be answered:
    { $link }
letter-solved-subject = Our answer to { $number }
letter-solved =
    { $subject }

    { $solution }

    Are you satisfied? Please tell us here with one click, without signing in:
    { $link }

    If we hear nothing by { $day } ({ $days } working days), we close the matter as unanswered. If you are not satisfied, we begin again.
letter-answered-subject = Our answer to { $number }
letter-answered =
    { $subject }

    { $solution }

    { $link }
letter-reminder-subject = { $number }: are you satisfied?
letter-reminder =
    We answered you about: { $subject }

    Please tell us whether you are satisfied:
    { $link }

    If we hear nothing by { $day }, we close the matter as unanswered.
letter-shipped-subject = { $name }: your wish is there
letter-shipped =
    You asked for this: { $name }

    { $answer }

    Thank you for telling us.
letter-compensated-subject = { $name }: what we do for you
letter-compensated =
    You were affected by: { $name }

    We are sorry. You receive: { $remedy } ({ $amount })

    You need not do anything.
