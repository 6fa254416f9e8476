# 网店里的购物车。
nav-cart = 遗留购物车
cart-one = 购物车
cart-many = 购物车
cart-name = 网店客户
cart-party_id = 客户
cart-value = 金额
cart-currency = 币种
cart-items = 行数
cart-state = 状态
cart-state-open = 选购中
cart-state-left = 已遗留
cart-state-written = 已去信
cart-state-recovered = 已下单
cart-state-emptied = 已清空
cart-last_at = 最近变动
cart-left_at = 遗留时间
cart-shop_id = 网店
cart-order_id = 订单
cart-email = 邮箱
cart-phone = 电话
cart-link = 继续选购
cart-owner_id = 负责人
cart-group-main = 购物车
cart-view-left = 已遗留
cart-view-recovered = 已下单
cart-view-open = 选购中
cart-tab-goods = 车内商品
cart-empty = 车里是空的
cart-empty-text = 客户把商品都拿出来了。
cart-line = 商品
cart-quantity = 数量
cart-net = 净额
cart-tax = 税
cart-write = 去信报价
cart-write-text = 这属于推销：客户同意推销才会发出，按客户愿意的时间，并附退订链接。
cart-nobody = 不认识这位客户：没有给过我们地址的人，不去打扰。
cart-subject = 主题
cart-body = 正文
cart-send = 发送
cart-letter-subject = 您的购物车还在
cart-letter = { $name }：

    您选了{ $goods }，还没有下单。有什么问题我们可以帮忙吗？
    { $link }

    此致
cart-said-sent = 信已发出
cart-said-later = 按客户意愿，{ $at }发出
cart-said-withheld = 客户不接受推销，未发出。原因见待发消息。
shop-cart_hours = 几小时后算遗留
shop-cart_tasks = 为每个遗留购物车建任务

error-cart-state = 只能给遗留的购物车去信，且只一次。
error-cart-nobody = 不知道这个购物车是谁的。
error-shop-hours = 请填 1 到 720 小时。

job-shop-cart_left = 遗留购物车

event-cart-created = 有人选购：{ $what }
event-cart-changed = 购物车有变动：{ $what }
event-cart-archived = 归档了购物车 { $what }
event-cart-restored = 恢复了购物车 { $what }
