nav-section-sales = 销售
nav-section-service = 服务
nav-section-money = 资金
nav-section-insight = 分析
nav-section-house = 管理
role-administrator = 管理员
role-manager = 经理
role-salesperson = 销售
role-service = 客服
role-analyst = 分析员
notice-sample = 示例数据：公司、人物和数字均为虚构。
notice-complete-journey = 某零售商会员的真实购买记录（The Complete Journey，2017 年，每八户取一户）。毛利率为假设。
licences-title = 本站所含组件的许可
problem-title = 这个答复的含义
error-command-filter = --filter 不认识“{ $name }”，可用：{ $known }。写法与列表网址相同，例如 f=status:is:active&sort=-updated_at
