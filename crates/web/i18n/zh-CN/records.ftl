# 每种记录都有的页面。
field-id = 编号
field-number = 单号
field-created_at = 建立时间
field-updated_at = 更新时间
field-archived_at = 归档时间

records-yes = 是
records-no = 否
records-me = 我
records-all = 全部
records-new = 新建{ $what }
records-edit = 编辑
records-archive = 归档
records-restore = 恢复
records-archived = 已归档
records-import = 导入
records-apply = 应用
records-value = 值
records-in-percent = 按百分比填
records-begin = 新建
records-show-all = 查看全部
records-none-related = 还没有内容。

# 列表。
records-views = 已存视图
records-view-save = 存为视图
records-view-name = 名称
records-view-shared = 所有人可用
records-view-new = 存为新视图
records-view-update = 保存改动
records-view-delete = 删除视图
records-add-filter = 加筛选
records-columns = 列
records-clear-filters = 清空筛选
records-export-csv = 导出 CSV
records-export-xlsx = 导出 Excel
records-show-archived = 看已归档
records-show-present = 看未归档
records-back-to-list = 回到列表
records-total = 共 { $count } 条合计
records-shown = 本页 { $shown } 条，共 { $count } 条
records-none = 还没有{ $what }
records-none-text = 可从表格导入，也可先手工新建一条。
records-none-archived = 没有已归档的记录
records-none-archived-text = 归档的记录都保留在这里，随时可以恢复。
records-no-match = 没有符合条件的记录
records-no-match-text = 去掉一个筛选，或换个词搜索。

# 比较方式。
records-op-is = 是
records-op-not = 不是
records-op-in = 属于
records-op-has = 包含
records-op-begins = 开头是
records-op-lt = <
records-op-le = ≤
records-op-gt = >
records-op-ge = ≥
records-op-empty = 为空
records-op-filled = 已填

# 一次改多条。
records-bulk-set = 批量填写
records-bulk-all = 列表中的全部（最多 5,000 条）
records-bulk-done =
    { $count ->
        [0] 没有改动
       *[other] 已改 { $count } 条
    }
records-bulk-archived =
    { $count ->
        [0] 没有归档
       *[other] 已归档 { $count } 条
    }
records-bulk-refused = 有 { $count } 条保持原样：
records-undone-some = 已恢复 { $done } 条；另有 { $kept } 条之后又改过，保持现状。

# 单条记录。
records-tabs = 此记录的各部分
records-tab-details = 详情
records-tab-history = 历史
records-updated = { $when }更新
records-made = 建立于 { $when }
records-edit-hint = 双击某个值，或选中后按 Enter，即可修改。
records-is-archived = 已于 { $when } 归档。记录保留，但不再出现在列表和搜索中。
records-saved-field = 已保存“{ $field }”
records-no-history = 这里还没有发生过什么。

# 历史。
records-event-created = 新建了 { $what }
records-event-changed = 修改了 { $what }
records-event-archived = 归档了 { $what }
records-event-restored = 恢复了 { $what }
event-export-made = 导出了列表
records-door-page = 在页面上
records-door-api = 通过接口
records-door-import = 通过导入
records-door-cli = 通过命令行
records-door-job = 自动

# 两人同时修改。
records-conflict-field = { $who }（{ $when }）把“{ $field }”改成了“{ $value }”。
records-conflict-text = 您编辑期间，别人保存了这条记录。您的改动列在下面，没有丢失。
records-field = 字段
records-yours = 您的
records-now = 现在
records-same = 相同
records-changed-by = 修改人
records-take-mine = 用我的
records-take-theirs = 用对方的
records-hidden = 你的角色不可见
records-hidden-why = 你的角色看不到此值。需要时请联系管理员。
records-masked = 已遮挡；有权限者可查看完整内容，并会留下记录。
records-of-days = { $usual } 天
records-today = 今天
records-said-saved = 已保存
records-said-created = 已新建{ $what }
records-said-archived = 已归档
records-said-restored = 已恢复

# 规则的条件
records-since = 已满 { $days } 天
records-since-or-never = 已满 { $days } 天，或从未有过
records-within = 近 { $days } 天内
records-days-ago = { $days } 天前
records-days-ahead = { $days } 天后
records-condition-all = 所有记录
records-condition-add = 添加条件
records-condition-days = 或多少天以前
records-condition-by-program = 由程序设置

files-title = 图片、视频和文件
files-none = 还没有文件
files-none-text = 在下面添加图片、视频、文件或链接。
files-add = 添加文件
files-add-link = 添加链接
files-file = 文件
files-hint = 图片不超过 10 MB，文件不超过 25 MB，视频（MP4、WebM）不超过 200 MB
files-url = 网址
files-name = 名称
files-first = 设为首图
files-added = 已添加
files-restored = 已恢复
files-removed = 已移除
event-attachment-added = 给 { $what } 添加文件
event-attachment-removed = 从 { $what } 移除文件
event-attachment-restored = 在 { $what } 恢复文件
error-file-kind = 不收这种文件。请用 PNG、JPEG、WebP、GIF、MP4、WebM、PDF、办公文档、TXT、CSV 或 ZIP
error-file-large = 不能超过 { $most } MB
error-along-kind = 不收“{ $name }”这种文件。请用 PNG、JPEG、WebP、GIF、MP4、WebM、PDF、办公文档、TXT、CSV 或 ZIP
error-along-large = 一封信的附件合计不能超过 { $most } MB，很多服务器不收更大的。请改发链接，或分几封发
error-along-many = 一封信最多带 { $most } 个文件
error-along-mail = 附件只能随电子邮件发送。请选择电子邮件，或去掉附件
files-along = 附件
files-along-hint = 最多 { $n } 个，合计不超过 { $most } MB
event-view-created = 保存了视图
event-view-changed = 修改了视图
event-view-deleted = 删除了视图
records-diff-head = 条款与金额
records-diff-note = 删除线为旧值
records-diff-field = 字段
records-diff-what = 变化
records-diff-added = 新增
records-diff-removed = 移除
records-diff-changed = 改动
records-diff-same = 不变
