# 计划分析结果通知邮件。
letter-analysis-subject = { $name }：{ $rows } 行
letter-analysis-text =
    { $reader }，您好：

    您的分析“{ $name }”已于 { $at } 按计划运行，共 { $rows } 行。与上次的差异、图表和文件见：

    { $link }

    该分析的计划中勾选了“邮件发送结果”，因此您会收到此邮件。
letter-analysis-subject-failed = { $name } 未能计算
letter-analysis-text-failed =
    { $reader }，您好：

    您的分析“{ $name }”计划于 { $at } 运行，但未能完成。出错的步骤和原因见：

    { $link }

    该分析的计划中勾选了“邮件发送结果”，因此您会收到此邮件。
