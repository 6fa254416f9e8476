/* charts.js: one function per kind of chart. The server sends data and words as JSON (money in whole units, shares in per cent), never
   options; words it leaves out follow the language of the page. Colours come from the tokens. */
(() => {
const css = () => { const s = getComputedStyle(document.documentElement), v = n => s.getPropertyValue(n).trim(); return { c: ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'].map(v), text: v('--text'), t2: v('--text-2'), t3: v('--text-3'), axis: v('--c-axis'), grid: v('--c-grid'), line: v('--line-2'), surf: v('--surface'), gold: v('--gold'), red: v('--red'), jade: v('--jade'), font: v('--font'), redSoft: v('--red-soft'), goldSoft: v('--gold-soft') }; };
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches || matchMedia('print').matches;
const zh = document.documentElement.lang.startsWith('zh'), T = (z, e) => zh ? z : e;
const wan = v => { const a = Math.abs(v), s = v < 0 ? '−' : ''; return zh ? s + (a >= 1e8 ? +(a / 1e8).toFixed(2) + '亿' : a >= 1e7 ? Math.round(a / 1e4).toLocaleString('en-US') + '万' : a >= 1e4 ? +(a / 1e4).toFixed(1) + '万' : a) : s + (a >= 1e6 ? +(a / 1e6).toFixed(1) + 'M' : a >= 1e3 ? Math.round(a / 1e3) + 'K' : a); };
const rgba = (h, a) => { const n = parseInt(h.slice(1), 16); return `rgba(${n >> 16},${n >> 8 & 255},${n & 255},${a})`; };
const base = (k, o = {}) => ({ animation: !calm, animationDuration: 350, animationEasing: 'cubicOut', textStyle: { fontFamily: k.font }, grid: { left: 8, right: 12, top: 14, bottom: 4, containLabel: true, ...o.grid },
  tooltip: { trigger: 'axis', backgroundColor: k.surf, borderColor: k.line, borderWidth: 1, padding: [8, 12], textStyle: { color: k.text, fontSize: 12.5, fontFamily: k.font }, extraCssText: 'box-shadow:0 6px 20px rgba(20,26,44,.12);border-radius:8px', axisPointer: { lineStyle: { color: k.line, width: 1 } }, ...o.tooltip } });
const ax = (k, o) => ({ axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: k.axis, fontSize: 12, fontFamily: k.font, ...o?.axisLabel }, splitLine: { lineStyle: { color: k.grid } }, ...o, ...(o?.axisLabel ? { axisLabel: { color: k.axis, fontSize: 12, fontFamily: k.font, ...o.axisLabel } } : {}) });
const money = d => v => v == null ? '—' : (v < 0 ? '−' : '') + (d.sign ?? '¥') + wan(Math.abs(v));
const fmt = d => d.unit === 'money' ? money(d) : v => v == null ? '—' : (d.unit === 'percent' ? +(+v).toFixed(1) + '%' : wan(+v) + (d.suffix ?? ''));
/* names come from people: what goes into a tooltip is escaped */
const esc = s => String(s).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
const at = (pts, x) => { let a = pts[0]; for (const p of pts) { if (p[0] > x) return a[0] === p[0] ? p[1] : a[1] + (p[1] - a[1]) * (x - a[0]) / (p[0] - a[0]); a = p; } return a[1]; };
const shadow = { type: 'shadow', shadowStyle: { color: rgba('#7b8698', .08) } };

const kinds = {
  /* cumulative share of all profit, customers from best to worst.
     { pts: [[share of customers, share of profit]…], top: 20, total, sign, words: { x, now, top, peak, tail } }; the peak is found here */
  whale: (d, k, el) => {
    const nar = el.clientWidth < 480, w = d.words || {}, top = d.top ?? 20, pTop = at(d.pts, top), peak = d.pts.reduce((a, p) => p[1] > a[1] ? p : a, d.pts[0] || [0, 0]), rest = Math.round(100 - peak[0]), high = Math.max(120, Math.ceil((peak[1] + 12) / 20) * 20), low = Math.min(0, Math.floor(Math.min(...d.pts.map(p => p[1])) / 20) * 20), lost = peak[1] - 100;
    const points = [{ coord: [top, pTop], itemStyle: { color: k.gold }, label: { position: 'right', align: 'left', verticalAlign: 'top', offset: [8, 10], formatter: `{b|${pTop.toFixed(0)}%}\n{s|${w.top ?? T(`前 ${top}%`, `top ${top}%`)}${nar ? '' : ' · ' + money(d)(pTop / 100 * d.total)}}` } }];
    if (lost > .5) points.push({ coord: peak, itemStyle: { color: k.c[0] }, label: { position: 'top', align: 'left', offset: [6, -1], formatter: `{b|${peak[1].toFixed(0)}%}{s|  ${w.peak ?? T('峰值', 'peak')}}` } }, { coord: [100, 100], itemStyle: { color: k.red }, label: { position: 'left', align: 'right', offset: [-4, 34], formatter: `{b|−${lost.toFixed(0)}%}\n{s|${w.tail ?? (nar ? T(`最后 ${rest}%\n吃掉`, `eaten by\nlast ${rest}%`).replace('\n', '}\n{s|') : T(`最后 ${rest}% 吃掉`, `eaten by last ${rest}%`))}}` } });
    return { ...base(k, { grid: { left: 6, right: 56, top: 34, bottom: 22 }, tooltip: { formatter: p => { const v = p[0].data; return T(`前 <b>${v[0].toFixed(0)}%</b> 的客户<br>累计利润为总利润的 <b>${v[1].toFixed(0)}%</b><br>`, `Top <b>${v[0].toFixed(0)}%</b> of customers<br>make <b>${v[1].toFixed(0)}%</b> of total profit<br>`) + esc(money(d)(v[1] / 100 * d.total)); } } }),
      xAxis: ax(k, { type: 'value', min: 0, max: 100, interval: 10, name: w.x ?? T('客户按利润从高到低排列', 'Customers, most profitable first'), nameLocation: 'middle', nameGap: 28, nameTextStyle: { color: k.axis, fontSize: 12 }, axisLabel: { formatter: '{value}%', hideOverlap: true }, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: k.line } } }),
      yAxis: ax(k, { type: 'value', min: low, max: high, interval: 20, axisLabel: { formatter: v => v % 40 === 0 || v === 100 ? v + '%' : '' }, splitLine: { show: false } }),
      series: [{ type: 'line', data: d.pts, symbol: 'none', smooth: false, lineStyle: { width: 2.6, color: k.c[0] }, areaStyle: { color: rgba(k.c[0], .07) },
        markArea: { silent: true, data: [[{ xAxis: 0, itemStyle: { color: rgba(k.gold.length === 7 ? k.gold : '#b98a10', .11) } }, { xAxis: top }], ...(lost > .5 ? [[{ xAxis: peak[0], itemStyle: { color: rgba(k.red, .08) } }, { xAxis: 100 }]] : [])] },
        markLine: { silent: true, symbol: 'none', animation: false, lineStyle: { color: k.line, type: [4, 4], width: 1.2 }, label: { color: k.t2, fontSize: 12, fontFamily: k.font }, data: [{ xAxis: top, lineStyle: { color: k.gold }, label: { show: false } }, ...(lost > .5 ? [{ xAxis: peak[0], lineStyle: { color: k.red }, label: { show: false } }] : []), { yAxis: 100, label: { formatter: (w.now ?? T('实际', 'Actual')) + '\n100%', position: 'end', color: k.t2 } }] },
        markPoint: { symbol: 'circle', symbolSize: 11, itemStyle: { borderColor: k.surf, borderWidth: 2.5 }, label: { fontFamily: k.font, fontSize: 12.5, color: k.text, lineHeight: 17, rich: { b: { fontWeight: 600, fontSize: 14, color: k.text, lineHeight: 20 }, s: { color: k.t2, fontSize: 12, lineHeight: 17 } } }, data: points } }] };
  },

  /* revenue in grey, what is left of it in colour: { rows: [{ n, rev, p }…], sign, words: { rev, p } } */
  products: (d, k) => ({ ...base(k, { grid: { left: 2, right: 44, top: 2, bottom: 0 }, tooltip: { axisPointer: shadow, valueFormatter: money(d) } }), xAxis: ax(k, { type: 'value', min: v => Math.min(0, v.min * 1.2), max: v => v.max, axisLabel: { show: false }, splitLine: { show: false } }), yAxis: ax(k, { type: 'category', inverse: true, data: d.rows.map(x => x.n), axisLabel: { color: k.text, fontSize: 12.5, width: 124, overflow: 'truncate' }, splitLine: { show: false } }),
    series: [{ name: d.words?.rev ?? T('收入', 'Revenue'), type: 'bar', data: d.rows.map(x => x.rev), barWidth: 18, barGap: '-78%', itemStyle: { color: rgba('#8a94a6', .22), borderRadius: 4 }, z: 1, label: { show: true, position: 'right', distance: 6, fontFamily: k.font, fontSize: 12, color: k.t2, formatter: p => { const x = d.rows[p.dataIndex]; return x.rev ? (x.p < 0 ? '−' : '') + Math.abs(x.p / x.rev * 100).toFixed(0) + '%' : ''; } } }, { name: d.words?.p ?? T('净贡献', 'Net contribution'), type: 'bar', data: d.rows.map(x => ({ value: x.p, itemStyle: { color: x.p < 0 ? k.c[3] : k.c[0], borderRadius: 3 } })), barWidth: 10, z: 2 }] }),

  /* lines over time, labelled at their end: { x: […], series: [{ n, v: […], dash, hot }…], unit: 'money' | 'percent' | 'number', sign, suffix } */
  lines: (d, k) => ({ ...base(k, { grid: { left: 2, right: d.series.length > 1 ? 74 : 12, top: 12, bottom: 2 }, tooltip: { valueFormatter: fmt(d) } }), xAxis: ax(k, { type: 'category', boundaryGap: false, data: d.x, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: k.grid } } }), yAxis: ax(k, { type: 'value', splitNumber: 3, axisLabel: { formatter: fmt(d) } }),
    series: d.series.map((s, i) => { const c = s.hot ? k.c[3] : k.c[[0, 1, 5, 4][i % 4]]; return { name: s.n, type: 'line', data: s.v, symbol: 'none', lineStyle: { width: s.hot ? 2.4 : 1.8, color: c, type: s.dash ? [5, 3] : 'solid' }, itemStyle: { color: c }, endLabel: { show: d.series.length > 1, formatter: s.n, color: s.hot ? c : k.t2, fontSize: 12, fontFamily: k.font, distance: 6 } }; }) }),

  /* bars side by side or stacked: { x: […], series: [{ n, v: […] }…], stack, unit, sign, suffix } */
  bars: (d, k) => ({ ...base(k, { grid: { left: 2, right: 8, top: 12, bottom: 2 }, tooltip: { axisPointer: shadow, valueFormatter: fmt(d) } }), xAxis: ax(k, { type: 'category', data: d.x, splitLine: { show: false } }), yAxis: ax(k, { type: 'value', splitNumber: 3, axisLabel: { formatter: fmt(d) } }),
    series: d.series.map((s, i) => ({ name: s.n, type: 'bar', stack: d.stack ? 'a' : undefined, barMaxWidth: 28, data: s.v.map(v => ({ value: v, itemStyle: { color: v < 0 ? k.c[3] : k.c[[0, 5, 1, 4][i % 4]], borderRadius: d.stack ? 0 : v < 0 ? [0, 0, 3, 3] : [3, 3, 0, 0] } })), itemStyle: { color: k.c[[0, 5, 1, 4][i % 4]] } })) }),
};
const live = new Map();
function draw(el) {
  const kind = kinds[el.dataset.chart]; if (!kind || !el.clientWidth) return;
  const s = el.querySelector('script'); if (s) el._d = JSON.parse(s.textContent); if (!el._d) return;
  let c = live.get(el); if (!c) { el.textContent = ''; c = echarts.init(el, null, { renderer: 'svg' }); live.set(el, c); }
  c.setOption(kind(el._d, css(), el), true);
}
const ro = new ResizeObserver(es => es.forEach(e => { live.has(e.target) ? live.get(e.target).resize() : draw(e.target); }));
const all = () => { live.forEach((c, el) => { if (!el.isConnected) { c.dispose(); live.delete(el); ro.unobserve(el); } }); document.querySelectorAll('.chart[data-chart]').forEach(el => { draw(el); ro.observe(el); }); };
all(); addEventListener('themechange', all); document.addEventListener('htmx:after:swap', all);
addEventListener('beforeprint', () => live.forEach(c => c.resize({ width: c.getDom().clientWidth })));
})();
