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
error-filter-all = 这会用于列表中的全部记录，但地址中有筛选不成立：{ $why }请先去掉它。
error-filter-unread = 地址中的“{ $text }”不是这个列表的筛选或视图，已略去。
error-field-hidden = 你的角色看不到“{ $field }”，因此不能显示、筛选、排序或填写。需要时请联系管理员。
error-json = 第 { $line } 行第 { $column } 列不是有效的 JSON。请改正后重新发送。
error-json-missing = JSON 中缺少“{ $name }”（第 { $line } 行，第 { $column } 列）。请补上后重新发送。
error-json-shape = 第 { $line } 行第 { $column } 列的 JSON 值类型不对。请查看接口说明。
error-json-short = JSON 在第 { $line } 行第 { $column } 列处中断。请发送完整内容。
error-json-unknown = 这里没有“{ $name }”（第 { $line } 行，第 { $column } 列）。请删去或改正名称。
error-method = 该地址不接受这种请求方法。请查看 Allow 头或接口说明。
error-no-such-field = 这里没有字段“{ $field }”，或不能这样使用。
error-no-such-sort = 列表不能按“{ $field }”排序。请换一列。
error-payload = 内容太大。请分几次发送。
error-request = 请求无法读取。请返回重试。
error-schema-newer = 数据库由更新的版本建立（步骤 { $step }）。请安装该版本或更新的版本。
error-undo-later-change = 之后又有改动，所以没有撤销。请看历史。

# 调用其他服务器
error-outward-address = 这不是可以调用的地址。请写完整，如 https://example.com/hooks，其中不要带用户名和密码。
error-outward-plain = 只调用 https:// 地址。管理员可在配置中写 private_calls = true 放开。
error-outward-private = 此地址指向内网，已拒绝。管理员可在配置中写 private_calls = true 放开。
error-outward-time = 对方服务器 { $seconds } 秒内没有回应。请稍后再试。
error-outward-connect = 连接不上对方服务器。请检查地址，或稍后再试。
error-outward-broken = 对方服务器中断了连接。请稍后再试。
