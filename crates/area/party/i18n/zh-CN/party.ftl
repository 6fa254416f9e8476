# 客户、人员、供应商，以及所有往来的人。
nav-party = 客户
nav-duplicates = 查重

party-one = 客户
party-many = 客户
party-name = 名称
party-name_latin = 外文名
party-kind = 类型
party-kind-organisation = 单位
party-kind-person = 个人
party-roles = 角色
party-roles-prospect = 潜在客户
party-roles-customer = 客户
party-roles-partner = 伙伴
party-roles-supplier = 供应商
party-roles-employee = 员工
party-roles-competitor = 竞争对手
party-role = 角色
party-role-role = 角色
party-role-role-prospect = 潜在客户
party-role-role-customer = 客户
party-role-role-partner = 伙伴
party-role-role-supplier = 供应商
party-role-role-employee = 员工
party-role-role-competitor = 竞争对手
party-role-since_on = 开始
party-role-until_on = 结束
party-status = 状态
party-status-active = 活跃
party-status-dormant = 沉默
party-status-lost = 已流失
party-status-rejected = 已拒绝
party-industry = 行业
party-region = 地区
party-city = 城市
party-address = 地址
party-country = 国家
party-phone = 电话
party-phone2 = 备用电话
party-email = 邮箱
party-website = 网站
party-tax_number = 税号
party-source = 来源
party-owner_id = 负责人
party-parent_id = 上级公司
party-job_title = 职务
party-employees = 员工数
party-currency = 币种
party-credit_limit = 信用额度
party-payment_days = 账期（天）
party-external_key = 原系统编号
party-note = 备注
party-group-main = 基本信息
party-group-person = 个人
party-group-company = 单位
party-group-contact = 联系方式
party-group-trade = 交易条件
party-group-note = 备注

party-tab-timeline = 动态
party-tab-people = 联系人
party-tab-relations = 关系
party-tab-hierarchy = 集团

relation-one = 关系
relation-many = 关系
relation-from_id = 从
relation-to_id = 到
relation-kind = 关系
relation-kind-employs = 雇用
relation-kind-belongs_to = 隶属于
relation-kind-supplies = 供货给
relation-kind-refers = 推荐客户给
relation-kind-competes = 竞争
relation-kind-partner_of = 合作
relation-back-employs = 任职于
relation-back-belongs_to = 下辖
relation-back-supplies = 供货方是
relation-back-refers = 推荐人是
relation-back-competes = 竞争
relation-back-partner_of = 合作
relation-title = 职务
relation-since_on = 开始
relation-until_on = 结束

# 页首。
party-merged-into = 这条记录已并入
party-merged-recently = { $name }（{ $number }）已并入这条记录：{ $when }
party-grades-agree = 自动与手工一致
party-grades-differ = 自动与手工不一致
party-margin = 毛利率 { $share }
party-overdue = 自 { $day } 起逾期
party-not-overdue = 无逾期
party-rhythm =
    { $days ->
        [0] 今天下单，平常 { $usual } 天一单
       *[other] { $days } 天没下单，平常 { $usual } 天一单
    }
party-days-since =
    { $days ->
        [0] 今天
        [1] 昨天
       *[other] { $days } 天前
    }

# 右栏。
party-card-contact = 联系方式
party-card-owner = 负责人
party-no-owner = 无人负责
party-hand-over = 移交给
party-hand-over-do = 移交
party-reveal = 查看
party-merge-button = 合并

# 往来。
party-today = 今天
party-yesterday = 昨天
party-timeline-all = 全部
party-timeline-none = 还没有往来。
party-timeline-older = 更早
party-comma = 、
event-party-created = 录入了 { $what }
event-party-changed = 修改了 { $what }
event-party-archived = 归档了 { $what }
event-party-restored = 从归档取回了 { $what }
event-party-merged = 把另一条记录并入 { $what }
event-party-merged_away = 把 { $what } 并入另一条记录
event-party-merge_undone = 撤销了 { $what } 的合并
event-party-contact_viewed = 查看了 { $what } 的联系方式
event-relation-created = 添加关系：{ $what }
event-relation-changed = 修改关系：{ $what }
event-relation-archived = 归档关系：{ $what }
event-relation-restored = 取回关系：{ $what }
party-event-created = 新建{ $type } { $what }
party-event-changed = 修改{ $type } { $what }
party-event-archived = 归档{ $type } { $what }
party-event-restored = 取回{ $type } { $what }
party-event-other = { $type } { $what }

# 联系人、关系、集团。
party-people-none = 还没有联系人。
party-people-add = 添加联系人
party-people-end = 已离职
party-people-person = 这是个人
party-people-person-text = 联系人挂在单位下面。此人在哪里任职，请看“关系”。
party-relations-none = 还没有关系。
party-relation-add = 添加关系
party-relation-end = 结束
party-group-none = 不属于任何集团
party-group-none-text = 在这里或在下属公司填上级公司，就能看到整个集团和合计。
party-group-this = 当前
party-group-sum = 集团合计
party-group-hidden = 集团中有 { $count } 家您无权查看，未计入合计。
party-group-cut = 只显示和合计前 { $most } 家。

# 查重与合并。
party-by-name = 同名
party-by-phone = 同电话
party-by-email = 同邮箱
party-by-tax = 同税号
party-duplicates-none = 没有重复
party-duplicates-none-text = 没有两条记录此项相同。也看看其他标签。
party-duplicates-more = 更多
party-not-duplicate = 不是重复
party-compare = 对照
party-score = 相似度 { $points }
party-reason-same-name = 同名
party-reason-same-latin = 外文名相同
party-reason-like-name = 名称相近
party-reason-same-phone = 同电话
party-reason-like-phone = 电话相近
party-reason-same-email = 同邮箱
party-reason-same-tax = 同税号
party-reason-other-tax = 税号不同
party-reason-same-city = 同城市
party-reason-other-city = 城市不同
party-reason-other-kind = 一为单位，一为个人
party-similar = 可能已有
party-similar-none = 没有找到相近的。
party-similar-hidden = 另有 { $count } 条归别人负责。请先问经理，再决定是否录入。
party-merge-title = 合并
party-merge-search = 找另一条
party-merge-values = 保留哪些值
party-merge-roles = 两边的角色都保留
party-merge-kept = 保留：
party-merge-gone = 并入：
party-merge-moves = 一并移过来
party-merge-moves-none = 没有别的记录指向它。
party-merge-events = 它的 { $count } 条往来会显示在这里。
party-merge-undo-text = 另一条记录归档，不会删除。合并可以撤销。
party-merge-swap = 改为保留另一条
party-merge-do = 合并
party-merge-undo = 撤销合并

# 拒绝。
error-party-range = 超出可能的范围
error-party-cycle = 该公司在集团中位于这一家之下
error-party-parent-person = 上级必须是单位
error-party-has-subsidiaries = 它有下属公司，只能是单位
error-relation-self = 不能与自己建立关系
error-relation-until = 结束早于开始
error-party-merge-self = 这是同一条记录。
error-party-merge-below = 要保留的记录在另一条的多级之下。请反过来合并。
error-party-merge-undone = 这次合并已经撤销过。
error-party-merge-later = 保留下来的记录后来被归档或再次合并。请先撤销那一步。
error-party-merge-changed = 合并后又改过：{ $fields }。请先改回，再撤销合并。
error-party-merge-taken = 被合并记录的编号已被别的记录使用。请先改掉，再撤销合并。
error-party-merged = 这条记录已并入另一条。请改为撤销合并。
relation-group-main = 关系

party-view-customers = 客户
party-view-mine = 我的客户
party-view-gold = 黄金客户
party-view-silent = 沉默预警
party-view-losing = 亏损客户
party-view-prospects = 潜在客户
party-view-people = 联系人
party-no-contact = 还没有电话、邮箱或地址。
party-industry-dairy = 乳业
party-industry-pharma = 制药
party-industry-water = 供水
party-industry-heating = 供热
party-industry-semicon = 半导体
party-industry-chemical = 化工
party-industry-food = 食品
party-industry-hotel = 酒店
party-industry-textile = 印染
party-industry-paper = 造纸
party-industry-brewery = 酿造
party-industry-municipal = 市政
party-region-east = 华东
party-region-north = 华北
party-region-south = 华南
party-region-west = 西部
party-region-central = 华中
party-source-fair = 展会
party-source-web = 官网
party-source-referral = 老客户介绍
party-source-call = 电话开发
party-source-partner = 合作伙伴
party-source-import = 导入
error-party-credit = 您没有权限设置信用额度，请保持原值，由经理修改。
error-user-owns-parties = 该用户还负责 { $n } 个客户。请先转交同事：客户列表按负责人筛选，全选后修改负责人。
