# 各状态的标题。
error-title-401 = 请先登录
error-title-403 = 没有权限
error-title-404 = 没有找到
error-title-405 = 此处不能这样做
error-title-409 = 没有执行
error-title-413 = 内容太大
error-title-422 = 填写有误
error-title-429 = 尝试太多次
error-title-500 = 出了故障
error-title-507 = 磁盘已满

# 各种拒绝；最常见的在 web.ftl。
error-archived = 这条记录已归档，不能修改。请先恢复。
error-csrf = 这个请求不是从本站页面发出的，没有执行。请重新载入页面再做一次。
error-cursor = 列表中的这个位置已失效。请回到第一页。
error-filter-value = 这个筛选与字段不符。请移除后重新设置。
error-json = 内容不是所需的 JSON：{ $detail }（第 { $line } 行，第 { $column } 列）。
error-no-such-field = 这里没有字段“{ $field }”，或不能这样使用。
error-no-such-sort = 列表不能按“{ $field }”排序。请换一列。
error-payload = 内容太大。请分几次发送。
error-request = 请求无法读取。请返回重试。
error-schema-newer = 数据库由更新的版本建立（步骤 { $step }）。请安装该版本或更新的版本。
error-undo-later-change = 之后又有改动，所以没有撤销。请看历史。
