nav-portal_account = 门户账号

portal_account-one = 门户账号
portal_account-many = 门户账号
portal_account-group-main = 账号
portal_account-name = 姓名
portal_account-email = 邮箱
portal_account-party_id = 可查看的客户
portal_account-language = 语言
portal_account-language-en = 英文
portal_account-language-zh-cn = 中文
portal_account-state = 状态
portal_account-state-invited = 已邀请
portal_account-state-active = 已登录过
portal_account-seen_at = 上次登录

event-portal_account-created = 开通门户账号 { $what }
event-portal_account-changed = 修改门户账号 { $what }
event-portal_account-archived = 关闭门户账号 { $what }
event-portal_account-restored = 恢复门户账号 { $what }
event-portal_account-invited = 邀请 { $what } 使用门户
event-portal_account-link_asked = { $what } 索取门户登录链接
event-portal_account-signed_in = { $what } 登录门户
event-portal_account-sign_in_failed = { $what } 门户密码错误
event-portal_account-password_set = { $what } 设置门户密码

portal-title = 客户门户
portal-tab-home = 首页
portal-tab-messages = 消息
portal-sign-in = 登录门户
portal-sign-out = 退出
portal-by-link = 链接登录
portal-by-link-text = 我们会把链接发到您的邮箱，无需密码。
portal-send-link = 发送链接
portal-by-password = 密码登录
portal-link-sent = 如果 { $email } 有账号，链接已发出。30 分钟内在本浏览器中打开有效。
portal-welcome = 欢迎
portal-welcome-text = { $name }，您即将进入{ $company }的客户门户。
portal-new-password = 密码
portal-new-password-hint = 可不填：以后用链接登录。至少 10 个字符。
portal-password-hint = 至少 10 个字符。
portal-old-password = 当前密码
portal-change-password = 修改密码
portal-password-kept = 密码已保存，其他设备已退出。
portal-account = 我的账号
portal-others = 其他设备
portal-others-text = 另有 { $n } 台设备已登录。
portal-others-end = 全部退出
portal-others-ended = 其他设备已退出。
portal-home-text = 以下是我们与{ $party }的往来。
portal-no-messages = 暂无消息。
portal-new = 新
portal-write = 给我们留言
portal-subject = 主题
portal-body = 内容
portal-send = 发送
portal-said = 已发送，答复会显示在这里。
portal-answer = 回复
portal-you = 您

portal-access = 访问
portal-no-address = 未设置客户访问地址，邀请邮件不会发出。请在“联系礼仪”中设置，或复制链接。
portal-invited-on = { $at } 已邀请，尚未打开。
portal-copy = 复制邀请链接
portal-sessions = 已在 { $n } 台设备登录。
portal-invite = 邀请
portal-invite-again = 再次邀请
portal-invited = 邀请会在允许联系该客户时发出。
portal-invited-unsent = 新邀请已生成，请复制链接：邮件未发送。
portal-nobody = 尚无人可访问门户。

letter-portal-invite-subject = { $company }客户门户邀请
letter-portal-invite = { $name }，您好：

    在我们的门户中，您可以查看订单、发票和投诉，给我们留言，并设定您希望的联系方式。

    请在 14 天内打开：
    { $link }

    { $company }
letter-portal-link-subject = { $company }门户登录链接
letter-portal-link = { $name }，您好：

    这是您索取的登录链接，30 分钟内在原浏览器中打开有效：
    { $link }

    如果不是您本人操作，无需理会。

    { $company }
letter-portal-notice-subject = { $company }门户中有您的新消息
letter-portal-notice = { $name }，您好：

    我们给您留了言，请在这里查看：
    { $link }

    { $company }

error-no-guest = 请先登录门户。
error-portal-sign-in = 邮箱或密码不正确。
error-portal-link-over = 链接已使用或已过期，请重新索取。
error-portal-other-browser = 请在索取链接的浏览器中打开，或在此重新索取。
error-portal-old-password = 当前密码不正确。
error-portal-long = 太长：最多 10,000 个字符。
portal-hello = { $name }，您好
