# 联系闸门：渠道、类别，以及能否发出的原因。
channel-email = 邮件
channel-phone = 电话
channel-sms = 短信
channel-chat = 即时消息
channel-fax = 传真
channel-letter = 信函
channel-visit = 上门
channel-portal = 客户门户
class-law = 法定通知
class-safety = 安全通知
class-contract = 合同事务
class-service = 服务
class-promotion = 推广
gate-day-1 = 周一
gate-day-2 = 周二
gate-day-3 = 周三
gate-day-4 = 周四
gate-day-5 = 周五
gate-day-6 = 周六
gate-day-7 = 周日
gate-days-all = 每天
gate-by-customer = 客户本人
gate-by-employee = 员工代客户登记
gate-by-import = 导入
gate-by-inferred = 系统推断
gate-by-house = 公司默认
gate-ok-law = 法律要求，不能拒收
gate-ok-safety = 涉及安全，不能拒收
gate-ok-contract = 履行合同所需
gate-ok-service = 服务，符合客户意愿
gate-ok-agreed = 已与客户约定
gate-ok-consent = 客户{ $day ->
    [none] {""}
   *[other] 于 { $day } 
  }同意接收
gate-channel-closed = { $channel }：{ $by }已于 { $since } 关闭
gate-channel-only = { $channel }：{ $by }只允许其他用途
gate-channel-unnamed = 客户未列出「{ $channel }」这一渠道
gate-address-closed = 该地址的使用者已于 { $day } 退订（{ $channel }）
gate-closed-but-due = { $channel }已关闭，但没有其他渠道，且此类通知不能拒收
gate-no-address = { $channel }：没有可用的地址
gate-no-party = 客户已不存在
gate-topic-unwanted = 不想听：{ $topic }（{ $by }）
gate-topic-other = 客户想听的内容中没有「{ $topic }」
gate-topic-unnamed = 客户只想听指定的内容，而这条消息没有标明主题
gate-no-consent = 没有接收推广的同意（{ $channel }）
gate-consent-withdrawn = 同意已于 { $day } 撤回（{ $channel }）
gate-consent-ended = 同意已于 { $day } 到期（{ $channel }）
gate-consent-later = 同意自 { $day } 起生效（{ $channel }）
gate-frequency = { $per ->
    [day] 今天
    [week] 本周
   *[month] 本月
  }的 { $most } 次已用完，客户不想再多
gate-frequency-house = { $per ->
    [day] 今天
    [week] 本周
   *[month] 本月
  }的 { $most } 次已用完，公司规定不再多发
gate-pause = 客户要求在 { $day } 之前不要打扰
gate-pause-open = 客户自 { $day } 起要求不要打扰，直至另行通知
gate-hours = 只在客户当地时间 { $hours } 联系
gate-hours-house = 只在合适的时间联系：客户当地时间 { $hours }
gate-no-time = { $days } 天内没有可联系的时间
gate-may-not-wait = 要到 { $at } 才能联系，而这件事不能等
