# 放在其他网站上的留言框。
nav-message_box = 留言框
message_box-one = 留言框
message_box-many = 留言框
message_box-name = 名称
message_box-active = 启用
message_box-language = 语言
message_box-language-auto = 随访客
message_box-language-zh-cn = 中文
message_box-language-en = 英文
message_box-side = 页面角落
message_box-side-right = 右
message_box-side-left = 左
message_box-title = 标题（中文）
message_box-title_latin = 标题（英文）
message_box-intro = 开头（中文）
message_box-intro_latin = 开头（英文）
message_box-agreement = 同意内容（中文）
message_box-agreement_latin = 同意内容（英文）
message_box-thanks = 致谢（中文）
message_box-thanks_latin = 致谢（英文）
message_box-sites = 可显示的网站
message_box-hour_limit = 每小时最多条数
message_box-token = 地址中的密段
message_box-group-main = 留言框
message_box-group-words = 文字
message_box-group-guard = 防护
message_box-tab-embed = 放到网站

box-usual-title = 给我们留言
box-usual-intro = 我们用邮件回复，一般在一个工作日之内。
box-usual-agreement = 我同意保存我的留言和联系方式，用于答复。
box-usual-thanks = 谢谢，留言已收到，我们会尽快答复。
box-ask-body = 留言
box-ask-name = 姓名
box-ask-email = 邮箱
box-ask-phone = 电话
box-send = 发送
box-look-again = 请看一下标出的栏目。
box-too-fast = 太快了，请再发一次。
box-stale = 页面打开太久了，请再发一次。
box-too-many = 留言太多，请过一刻钟再试。
box-your-host = 本系统网址
box-embed-text = 把这一行贴在网站每页的末尾（</body> 之前）。页面角落会有一个按钮，留言进入收件箱。
box-snippet = 要粘贴的一行
box-policy = 有内容安全策略的网站要允许：
box-no-sites = 还没有写明网站：写明之前，留言框只能显示在本系统里。请写上网站地址，例如 https://www.example.com。
box-not-active = 留言框已停用，访客看不到。
box-recent = { $n ->
    [0] 最近三十天没有留言。
   *[other] 最近三十天有 { $n } 条留言。
}
box-preview = 预览
box-alone = 单独打开

error-box-site = { $site } 不是网站地址，请写 https://www.example.com，不带路径。
error-box-limit = 请填 1 到 1000。
error-box-address = 请留下邮箱或电话，我们才能答复。
error-box-agreed = 未经同意，我们不能保存留言。

event-message_box-created = 建立了留言框 { $what }
event-message_box-changed = 修改了留言框 { $what }
event-message_box-archived = 归档了留言框 { $what }
event-message_box-restored = 恢复了留言框 { $what }
event-message_box-posted = 通过留言框留言
