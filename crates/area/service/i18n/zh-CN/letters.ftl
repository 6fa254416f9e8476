letter-received-subject = 已收到您的反馈 { $number }
letter-received =
    感谢您的反馈：{ $subject }

    我们已登记，编号 { $number }，正在处理。您可以在这里查看进度，并选择何时、以何种方式得到答复：
    { $link }
letter-solved-subject = 关于 { $number } 的答复
letter-solved =
    { $subject }

    { $solution }

    您满意吗？请在这里点击告诉我们，无需登录：
    { $link }

    如在 { $day } 前（{ $days } 个工作日）未收到您的答复，将以“未答复”结案。如不满意，我们会重新处理。
letter-answered-subject = 关于 { $number } 的答复
letter-answered =
    { $subject }

    { $solution }

    { $link }
letter-reminder-subject = { $number }：您满意吗？
letter-reminder =
    我们已就此事答复您：{ $subject }

    请告诉我们您是否满意：
    { $link }

    如在 { $day } 前未收到您的答复，将以“未答复”结案。
letter-shipped-subject = { $name }：您的建议已实现
letter-shipped =
    您曾提出：{ $name }

    { $answer }

    感谢您的建议。
letter-compensated-subject = { $name }：给您的补偿
letter-compensated =
    您受到了影响：{ $name }

    非常抱歉。您将获得：{ $remedy }（{ $amount }）

    您无需任何操作。
