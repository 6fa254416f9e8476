# 留存：谁留下来，留多久。

retention-title = 客户留存
retention-median = 半数流失于
retention-months = { $n } 个月
retention-range = 95% 区间 { $low } 至 { $high } 个月
retention-not-reached = 区间的一端尚未达到
retention-after-12 = 12 个月后留存
retention-after-24 = 24 个月后留存
retention-left = 已流失
retention-of = 共 { $n } 个
retention-curve = 客户留多久
retention-curve-note = 自首次下单起的月数
retention-curve-said = 自首次下单起各月仍在的客户比例，含 95% 置信带
retention-staying = 留存
retention-low = 下限
retention-high = 上限
retention-means = Kaplan–Meier 曲线，95% 置信带按 ln(−ln S) 计算。客户沉默超出自身节奏（预警阈值）时，以最后下单为止；其余客户按已观察的时间计。只下过一单便沉默的，留存为零个月。
retention-nobody-left = 还没有客户流失，画不出曲线。
retention-triangle = 按首单季度的下单情况
retention-triangle-note = 此后各季度下单的比例；最后一个季度尚未结束
retention-test = 各年份有差别吗？对数秩 χ² = { $chi }，自由度 { $df }，p = { $p }。
retention-no-cohort = 没有这个季度
retention-no-cohort-text = 请在留存表中选择。
retention-bought = { $quarter } 下过单
retention-bought-not = 没有下单
retention-first = 只显示前 { $n } 个。
