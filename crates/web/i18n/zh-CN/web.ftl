# 每一页的外框。
web-product = 知客
web-skip = 跳到正文
web-navigation = 主导航
web-bottom-navigation = 底部导航
web-where = 位置
web-search = 搜索
web-search-run = 搜索或执行
web-search-list = 在此列表中搜索
web-theme = 切换深浅色
web-switch-language = Switch to English
web-my-settings = 我的设置
web-help = 快捷键
web-licences = 许可证
web-sign-out = 退出登录
web-more = 更多
web-close = 关闭
web-cancel = 取消
web-save = 保存
web-home = 回首页
web-back = 返回
web-reference = 编号 { $reference }
web-go-to = 跳转
web-actions = 动作

# 命令面板。
web-palette = 命令面板
web-palette-hint = 搜客户、单号、动作，拼音首字母也行
web-palette-none = 没有找到。换个说法试试。

# 按键。
web-key-palette = 搜索全部
web-key-search = 在此列表中搜索
web-key-new = 新建
web-key-rows = 下一行、上一行
web-key-select = 选择此行
web-key-open = 打开
web-key-choose = 选择
web-key-move = 把卡片移到上一、下一阶段
web-key-save = 保存表单
web-key-line = 录入单据明细
web-key-line-next = 明细中：保存并开始下一行；查找框中：选定标出的一项并往下走
web-key-step = 单据的下一步（确认、发货等）
web-key-close = 关闭最上层

# 列表。
web-remove-filter = 移除筛选
web-sort = 排序
web-select-page = 全选本页
web-select = 选择
web-bulk = 对所选
web-selected = 条已选
web-clear-selection = 清除选择
web-pages = 翻页
web-page-of =
    { $total ->
        [0] 没有记录
       *[other] 第 { $first }–{ $last } 条，共 { $total } 条
    }
web-previous = 上一页
web-next = 下一页
web-lookup = 输入以搜索
web-lookup-none = 没有找到

# 文件与提示。
web-upload = 上传
web-uploading = 正在上传
web-undo = 撤销
web-undone = 已撤销
web-put-back = 没有保存，卡片已放回原处。
web-request-failed = 服务器没能完成。您填的内容还在，请再试一次。
web-offline = 网络不通。您填的内容还在。

# 价值分级。
web-tier-gold = 黄金
web-tier-regular = 普通
web-tier-low = 低端

# 时刻。
web-relative-now = 刚刚
web-relative-past-minutes = { $n } 分钟前
web-relative-past-hours = { $n } 小时前
web-relative-future-minutes = { $n } 分钟后
web-relative-future-hours = { $n } 小时后

# 各处都可能给出的拒绝。
error-fields = 有几处需要改。
error-forbidden = 您没有这个权限。可请管理员开通。
error-sign-in = 请先登录。
error-missing = 这里没有这条记录，或您无权查看。
error-stale = 别人刚改过这条记录。请重新载入，再改一次。
error-too-many = 尝试太多次了。请在 { $seconds } 秒后再试。
error-broken = 我们这边出了故障，没有改动任何数据。
error-taken = 已被占用。
error-reference = 还有别的记录引用它，或它引用的记录已不在。
error-disk-full = 磁盘已满，没有改动任何数据。请告诉管理员。
error-database-open = 数据库打不开。
error-database-url = 这不是数据库地址：{ $url }

# 字段。
error-required = 必填
error-too-long = 最多 { $most } 个字
error-control-character = 含有不可见字符
error-not-an-email = 不是邮箱地址
error-not-a-phone = 不是电话号码
error-not-a-url = 不是网址
error-site-address = 请写成 https://crm.example.com
error-not-a-number = 不是数字
error-too-precise =
    { $decimals ->
        [0] 只能填整数
       *[other] 最多 { $decimals } 位小数
    }
error-too-large = 数值太大
error-quantity-whole = 该单位按件计数，请填整数
error-not-a-date = 不是日期，请写成 2026-11-24
error-not-a-moment = 不是时刻
error-not-a-truth = 请填是或否
error-not-a-choice = 不在可选范围内
error-not-a-record = 请从列表中选择
error-not-a-currency = 不认识的币种

calendar-before = 上个月
calendar-after = 下个月
calendar-now = 本月
calendar-rest = 还有 { $n } 个
calendar-day-1 = 一
calendar-day-2 = 二
calendar-day-3 = 三
calendar-day-4 = 四
calendar-day-5 = 五
calendar-day-6 = 六
calendar-day-7 = 日
line-key-next = 保存并开始下一行
line-configure = 选配

# 以代码表示的计量单位
unit-piece = 件
unit-set = 套
unit-visit = 次
unit-year = 年
unit-box = 盒
unit-carton = 箱
unit-reel = 卷
unit-hour = 小时
unit-day = 天
