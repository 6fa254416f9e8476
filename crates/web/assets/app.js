/* Zhike app.js: small behaviours on server-rendered HTML. No framework. Each block is keyed by a data-attribute. */
(() => {
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const root = document.documentElement, zh = root.lang.startsWith('zh'), T = (z, e) => zh ? z : e;
const on = (t, sel, fn) => document.addEventListener(t, e => { const el = e.target.closest?.(sel); if (el) fn(e, el); });
const box = $('#toasts'), word = k => box?.dataset[k] || '';
const csrf = $('meta[name=csrf]')?.content || '';

/* every request that changes something carries the token; a session that ended leads to the sign-in page by a full load */
const send = (url, body, more = {}) => fetch(url, { method: 'POST', body, credentials: 'same-origin', ...more, headers: { 'X-CSRF': csrf, 'HX-Request': 'true', ...more.headers } });
document.addEventListener('htmx:config:request', e => { e.detail.ctx.request.headers['X-CSRF'] = csrf; });
document.addEventListener('htmx:before:request', () => $('#progress')?.classList.add('on'));
document.addEventListener('htmx:finally:request', () => $('#progress')?.classList.remove('on'));
document.addEventListener('htmx:response:error', e => {
  const s = e.detail.ctx.response.status;
  if (s === 401) location.reload(); else if (s >= 500) toast(word('failed'), { err: true });
});
document.addEventListener('htmx:error', e => { const n = e.detail.error?.name; if (n === 'TypeError' || n === 'TimeoutError') toast(word('offline'), { err: true }); });
document.addEventListener('htmx:after:swap', () => { bulk(); boards(); named(); tick(); $('[aria-invalid=true]:not([data-seen])')?.focus(); $$('[aria-invalid=true]').forEach(x => { x.dataset.seen = ''; }); });

/* theme: cookie, read by the server so that nothing flashes; without it the system decides */
const mq = matchMedia('(prefers-color-scheme: dark)'), changed = () => dispatchEvent(new CustomEvent('themechange'));
mq.addEventListener('change', changed);
const kept = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1]; if (kept && !root.dataset.theme) root.dataset.theme = kept;
const toggleTheme = () => { const t = (root.dataset.theme || (mq.matches ? 'dark' : 'light')) === 'dark' ? 'light' : 'dark'; root.dataset.theme = t; document.cookie = `theme=${t};path=/;max-age=31536000;samesite=lax` + (location.protocol === 'https:' ? ';secure' : ''); changed(); };
on('click', '[data-theme-toggle]', toggleTheme);
/* language: the form comes back to the address as it is now (htmx may have changed it since the page was made) */
const here = () => location.pathname + location.search;
on('submit', '[data-lang-form]', (e, f) => { f.elements.next.value = here(); });
on('click', 'a.lang', (e, a) => { const u = new URL(location.href); u.searchParams.set('lang', a.lang); a.href = u.pathname + u.search; });
on('click', '[data-history-back]', () => history.length > 1 ? history.back() : location.assign('/'));

/* toast with undo. The server sends HX-Trigger: {"toast":{"text":"…","undo":"/undo/123"}} */
function toast(text, o = {}) {
  if (!box || !text) return;
  const el = document.createElement('div'); el.className = 'toast' + (o.err ? ' err' : ''); el.setAttribute('role', o.err ? 'alert' : 'status');
  el.append(Object.assign(document.createElement('span'), { textContent: text }));
  if (o.undo) {
    const b = Object.assign(document.createElement('button'), { type: 'button', textContent: word('undo') });
    b.onclick = async () => { b.disabled = true; try { const r = typeof o.undo === 'function' ? await o.undo() : await send(o.undo); if (r && !r.ok) throw r; el.remove(); if (typeof o.undo === 'string') { keep(word('undone')); location.reload(); } } catch { toast(word('failed'), { err: true }); } };
    el.append(b);
  }
  box.append(el); while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => el.remove(), o.undo ? 8000 : o.err ? 7000 : 4500);
}
/* a toast that outlives the next page load */
const keep = (text, o = {}) => { try { sessionStorage.setItem('toast', JSON.stringify({ text, ...o })); } catch {} };
try { const t = JSON.parse(sessionStorage.getItem('toast')); sessionStorage.removeItem('toast'); if (t) toast(t.text, t); } catch {}
/* what the page before did (a form that was saved): said once, from the cookie that its answer set */
try { const c = /(?:^|; )toast=([^;]*)/.exec(document.cookie)?.[1]; if (c) { document.cookie = 'toast=;path=/;max-age=0;samesite=lax'; const t = JSON.parse(decodeURIComponent(c)); toast(t.text, t); } } catch {}
document.addEventListener('toast', e => toast(e.detail.text, e.detail));
const headerToast = r => { try { const t = JSON.parse(r.headers.get('HX-Trigger') || '{}').toast; if (t) toast(t.text, t); return !!t; } catch { return false; } };
window.zk = { toast, T };

/* menus are <details class=menu>: close on outside click, on a choice, and when another opens */
document.addEventListener('click', e => $$('details.menu[open]').forEach(d => { if (!d.contains(e.target) || e.target.closest('[data-item]')) d.open = false; }));

/* dialogs */
const open = id => { const d = document.getElementById(id); if (!d || d.open) return; $$('dialog[open]').forEach(x => x.close()); d.showModal(); if (id === 'palette') { const i = $('input', d); i.value = ''; filter(''); i.focus(); } };
on('click', '[data-open]', (e, el) => { e.preventDefault(); open(el.dataset.open); });
on('click', '[data-close]', (e, el) => el.closest('dialog').close());
document.addEventListener('click', e => { if (e.target.nodeName === 'DIALOG') e.target.close(); });

/* palette: the server searches (names, numbers, pinyin initials), navigation and actions are filtered here */
const pal = $('#palette'), found = $('#palette-found');
const opts = r => $$('[role=option]', r).filter(o => !o.hidden && !o.closest('[hidden]'));
const mark = (r, i, input) => { const l = opts(r); l.forEach((o, k) => { if (!o.id) o.id = (r.id || 'o') + '-' + Math.random().toString(36).slice(2, 8); o.setAttribute('aria-selected', k === i); }); l[i]?.scrollIntoView({ block: 'nearest' }); if (l[i]) input?.setAttribute('aria-activedescendant', l[i].id); else input?.removeAttribute('aria-activedescendant'); };
const step = (e, r, input) => { const l = opts(r), i = l.findIndex(o => o.getAttribute('aria-selected') === 'true'); if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); if (l.length) mark(r, (i + (e.key === 'ArrowDown' ? 1 : -1) + l.length) % l.length, input); return null; } return e.key === 'Enter' ? l[i] || null : null; };
let asking, waiting;
function shown() { $$('.pg', pal).forEach(g => { g.hidden = !$$('[role=option]', g).some(o => !o.hidden); }); $('.palette-none', pal).hidden = opts(pal).length > 0; mark(pal, 0, $('input', pal)); }
function filter(q) {
  q = q.trim().toLowerCase(); clearTimeout(waiting); asking?.abort();
  $$('[role=option]', pal).forEach(o => { if (!found.contains(o)) o.hidden = !!q && !(o.textContent + ' ' + o.dataset.k).toLowerCase().includes(q); });
  if (!q) { found.replaceChildren(); shown(); return; }
  waiting = setTimeout(async () => {
    asking = new AbortController();
    try { const r = await fetch($('input', pal).dataset.searchUrl + '?q=' + encodeURIComponent(q), { headers: { 'HX-Request': 'true' }, signal: asking.signal }); if (r.ok) { found.innerHTML = await r.text(); shown(); } } catch {}
  }, 140);
  shown();
}
if (pal) {
  pal.addEventListener('input', e => filter(e.target.value));
  pal.addEventListener('keydown', e => { const o = step(e, pal, $('input', pal)); if (e.key === 'Enter') { e.preventDefault(); if (o) { if ((e.metaKey || e.ctrlKey) && o.href) window.open(o.href); else o.click(); } } });
  on('click', '#palette [role=option]', (e, o) => { const h = o.getAttribute('href') || ''; if (h[0] === '#') { e.preventDefault(); pal.close(); if (h === '#theme') toggleTheme(); else if (h === '#lang') $('[data-lang-form]')?.requestSubmit(); else open(h.slice(1)); } });
}

/* combobox: a record searched on the server; what is sent is the id in the hidden field before it */
const lists = new WeakMap(), listOf = i => document.getElementById(i.getAttribute('aria-controls')), idOf = i => $('input[type=hidden]', i.closest('.combo'));
async function look(i) {
  const list = listOf(i), q = i.value.trim(), u = new URL(i.dataset.lookup, location.href); u.searchParams.set('q', q);
  lists.get(i)?.abort(); const a = new AbortController(); lists.set(i, a);
  try { const r = await fetch(u, { headers: { 'HX-Request': 'true' }, signal: a.signal }); if (!r.ok) return; list.innerHTML = await r.text(); i.dataset.asked = q; list.hidden = false; i.setAttribute('aria-expanded', 'true'); mark(list, 0, i); } catch {}
}
const shut = i => { const l = listOf(i); if (l) l.hidden = true; i.setAttribute('aria-expanded', 'false'); i.removeAttribute('aria-activedescendant'); };
const choose = (i, o) => { i.value = o.dataset.label; i.dataset.picked = i.value; const h = idOf(i); h.value = o.dataset.value; h.dispatchEvent(new Event('change', { bubbles: true })); shut(i); };
const wait = new WeakMap();
/* typed, and nothing chosen for it yet */
const undecided = i => i.matches?.('[data-lookup]') && !!i.value.trim() && !idOf(i).value;
/* Enter and Tab take the marked hit, also one that is still on its way */
async function take(i) {
  clearTimeout(wait.get(i)); if (listOf(i).hidden || i.dataset.asked !== i.value.trim()) await look(i);
  const l = opts(listOf(i)), o = i.dataset.asked === i.value.trim() && (l.find(o => o.getAttribute('aria-selected') === 'true') || l[0]);
  if (o) choose(i, o); return !!o;
}
const onward = (i, by = 1) => { const l = $$('input:not([type=hidden]),select,textarea,button,a[href]', i.form || i.closest('form') || document).filter(x => !x.disabled && x.tabIndex >= 0 && x.offsetParent), n = l[l.indexOf(i) + by]; n?.focus(); n?.select?.(); };
on('input', '[data-lookup]', (e, i) => { idOf(i).value = ''; clearTimeout(wait.get(i)); wait.set(i, setTimeout(() => look(i), 180)); });
on('focusin', '[data-lookup]', (e, i) => { if (i.dataset.picked === undefined) i.dataset.picked = i.value; });
on('click', '[data-lookup]', (e, i) => look(i));
on('focusout', '[data-lookup]', (e, i) => setTimeout(() => { shut(i); if (!idOf(i).value && i.value) { i.value = ''; } }, 150));
on('keydown', '[data-lookup]', (e, i) => {
  const l = listOf(i), cell = i.closest('td.editable'); if (e.isComposing) return;
  if (e.key === 'Escape' && !l.hidden) { e.stopImmediatePropagation(); shut(i); return; }
  if (e.key === 'ArrowDown' && l.hidden) { look(i); return; }
  const sends = e.key === 'Enter' && (e.ctrlKey || e.metaKey);
  if ((e.key === 'Enter' || e.key === 'Tab' && !e.shiftKey) && undecided(i)) {
    e.preventDefault(); e.stopImmediatePropagation();
    hold(i.form, take(i).then(done => { if (!done) return; if (sends) i.form.requestSubmit(); else if (cell) { i.dataset.sent = ''; i.form.requestSubmit(); } else onward(i); }));
    return;
  }
  if (l.hidden || sends) return;
  const o = step(e, l, i); if (e.key === 'Enter') { e.preventDefault(); if (o) { choose(i, o); if (!cell) onward(i); } }
});
on('mousedown', '.combo-list [role=option]', (e, o) => { e.preventDefault(); choose($('[data-lookup]', o.closest('.combo')), o); });

/* what is typed while a form waits (for hits, for a line to be saved) is kept and typed when it may go on: nothing is lost */
let held = null; const keys = [];
async function hold(form, until) { const mine = held = { form }; try { await until; } catch {} if (held === mine) { held = null; play(); } }
function play() {
  while (!held && keys.length) {
    const { key, mod, shift } = keys.shift(), i = document.activeElement, f = i?.form;
    if (!f) { keys.length = 0; return; }
    if (key === 'Enter' && mod && shift) advance(i);
    else if (key === 'Enter' || key === 'Tab') {
      if (undecided(i)) hold(f, take(i).then(done => { if (done) key === 'Tab' || !mod ? onward(i) : f.requestSubmit(); }));
      else if (key === 'Tab') onward(i, shift ? -1 : 1); else f.requestSubmit();
    } else if (typeof i.setRangeText === 'function' && i.selectionStart !== null) {
      if (key === 'Backspace') i.setRangeText('', i.selectionStart === i.selectionEnd ? Math.max(0, i.selectionStart - 1) : i.selectionStart, i.selectionEnd, 'end'); else i.setRangeText(key, i.selectionStart, i.selectionEnd, 'end');
      i.dispatchEvent(new InputEvent('input', { bubbles: true }));
    }
  }
}
document.addEventListener('keydown', e => {
  if (!held || e.isComposing || !(held.form?.contains(e.target) || e.target.closest?.('form[data-entry]') || e.target === document.body || e.target.id === 'main')) return;
  const mod = e.ctrlKey || e.metaKey; if (e.altKey || (mod && e.key !== 'Enter') || !(e.key.length === 1 || ['Enter', 'Tab', 'Backspace'].includes(e.key))) return;
  e.preventDefault(); e.stopImmediatePropagation(); keys.push({ key: e.key, mod, shift: e.shiftKey });
}, true);
/* lines of a document are entered one after the other: each is sent, and an empty one takes the focus (autofocus) */
const sent = new WeakMap();
document.addEventListener('htmx:before:request', e => { const c = e.detail.ctx, d = sent.get(c.sourceElement); if (d) { sent.delete(c.sourceElement); sent.set(c, d); } });
document.addEventListener('htmx:finally:request', e => { sent.get(e.detail.ctx)?.(); });
document.addEventListener('submit', e => { const f = e.target; if (f.matches?.('form[data-entry]')) hold(f, new Promise(done => {
  sent.set(f, () => setTimeout(() => { const n = $('form[data-entry] [aria-invalid=true]') || $('form[data-entry] [autofocus]'); if (n && !n.form.contains(document.activeElement)) n.focus(); done(); }, 0));
  setTimeout(done, 15000);
})); }, true);
/* the next step of the document (a button with data-step), unless a line is half written: that is saved first */
const written = f => $$('input:not([type=hidden]),textarea', f).some(i => i.value !== i.defaultValue);
const advance = el => { const f = el.closest?.('form[data-entry]') || $('form[data-entry]'); if (f && written(f)) f.requestSubmit(); else if (!$('dialog[open]')) $('[data-step]')?.click(); };

/* keyboard */
let g = 0; const typing = t => t.closest?.('input:not([type=checkbox],[type=radio],[type=range]),textarea,select,[contenteditable],dialog');
/* Esc in a line: the change is dropped, or the keys are those of the page again */
const leave = el => { const c = $('[data-cancel-line]', el.form); if (c) c.click(); else { el.blur(); $('#main')?.focus({ preventScroll: true }); } };
const rows = () => $$('[data-rows] > *');
document.addEventListener('keydown', e => {
  const mod = e.metaKey || e.ctrlKey, k = e.key.toLowerCase(), el = e.target;
  if (mod && k === 'k') { e.preventDefault(); open('palette'); return; }
  if (mod && e.shiftKey && k === 'enter') { e.preventDefault(); advance(el); return; }
  if (mod && k === 'enter') { const f = el.closest?.('form'); if (f && !el.closest('#palette')) { e.preventDefault(); f.requestSubmit(); } return; }
  if (k === 'escape') { $$('details.menu[open]').forEach(d => { d.open = false; $('summary', d).focus(); }); if (el.matches?.('[data-search]')) el.blur(); else if (el.closest?.('form[data-entry],form[data-keys]')) leave(el); return; }
  if (typing(el) || mod || e.altKey || $('dialog[open]')) return;
  const p = !g && $$('[data-press]').find(x => x.dataset.press === k && x.offsetParent); if (p) { e.preventDefault(); if (p.matches('input,textarea,select')) p.focus(); else p.click(); return; }
  if (g) { g = 0; const a = $(`[data-go="${CSS.escape(k)}"]`); if (a) { e.preventDefault(); location.href = a.href; return; } }
  const row = el.closest?.('[data-rows] > *');
  if (k === 'g') { g = 1; setTimeout(() => { g = 0; }, 900); }
  else if (k === '/') { const s = $('[data-search]'); e.preventDefault(); if (s) { s.focus(); s.select(); } else open('palette'); }
  else if (k === '?') open('help');
  else if (k === 'c') { const n = $('[data-new]'); if (n) { e.preventDefault(); n.click(); } }
  else if (k === 'l') { const l = $('form[data-entry] :is([data-lookup],input:not([type=hidden]))'); if (l) { e.preventDefault(); l.focus(); } }
  else if (k === 'f') { const f = $('[data-filter]'); if (f) { e.preventDefault(); f.click(); } }
  else if (k === 'j' || k === 'k') { const r = rows(), n = r[Math.max(0, Math.min(r.length - 1, r.indexOf(row) + (k === 'j' ? 1 : -1)))]; if (n) { n.tabIndex = -1; n.focus(); } }
  else if (k === 'x' && row) $('.check', row)?.click();
  else if (k === 'enter' && row && el === row) $('a[href]', row)?.click();
});

/* table selection: ids of the ticked rows go into every hidden field `ids` of the bar */
function bulk() {
  const bar = $('.bulkbar'); if (!bar) return; const boxes = $$('.check[data-row]'), sel = boxes.filter(c => c.checked);
  boxes.forEach(c => c.closest('tr')?.setAttribute('aria-selected', c.checked)); bar.hidden = !sel.length; $('[data-n]', bar).textContent = sel.length;
  $$('input[name=ids]', document).forEach(i => { if (bar.contains(i) || 'ids' in i.dataset) i.value = sel.map(c => c.dataset.row).join(','); });
  const all = $('.check[data-all]'); if (all) { all.checked = sel.length > 0 && sel.length === boxes.length; all.indeterminate = sel.length > 0 && sel.length < boxes.length; }
}
let last = null;
on('click', '.check[data-row]', (e, c) => { const l = $$('.check[data-row]'); if (e.shiftKey && last && l.includes(last)) { const [a, b] = [l.indexOf(last), l.indexOf(c)].sort((x, y) => x - y); l.slice(a, b + 1).forEach(x => { x.checked = c.checked; }); bulk(); } last = c; });
on('change', '.check', (e, c) => { if ('all' in c.dataset) $$('.check[data-row]').forEach(x => { x.checked = c.checked; }); bulk(); });
on('click', '[data-clear]', () => { $$('.check[data-row]').forEach(x => { x.checked = false; }); bulk(); });

/* inline edit: dblclick, Enter or tap on a cell → its editor is fetched from [data-cells]/cell/[data-field]; Enter or leaving sends, Esc puts the cell back */
const edit = td => { if ($('form,input,select,textarea', td)) return; td._old = td.innerHTML; window.htmx?.ajax('GET', td.closest('[data-cells]').dataset.cells + '/cell/' + td.dataset.field, { source: td, target: td, swap: 'innerHTML' }); };
on('dblclick', 'td.editable', (e, td) => edit(td));
on('keydown', 'td.editable', (e, td) => {
  const input = e.target.closest('input,select,textarea');
  if (!input) { if (e.key === 'Enter' && e.target === td) { e.preventDefault(); e.stopPropagation(); edit(td); } return; }
  if (e.key === 'Escape') { e.stopPropagation(); input.dataset.cancel = ''; if (td._old !== undefined) { td.innerHTML = td._old; window.htmx?.process(td); } td.focus(); }
  else if (e.key === 'Enter' && input.nodeName !== 'TEXTAREA') { e.preventDefault(); e.stopPropagation(); input.dataset.sent = ''; input.form?.requestSubmit(); }
});
on('focusout', 'td.editable form', (e, f) => { const i = e.target; if (f.contains(e.relatedTarget) || 'sent' in i.dataset || 'cancel' in i.dataset) return; setTimeout(() => { if (f.isConnected && !f.contains(document.activeElement)) { i.dataset.sent = ''; f.requestSubmit(); } }, 120); });
document.addEventListener('htmx:after:swap', e => { const td = e.detail.ctx?.target?.closest?.('td.editable') || e.target.closest?.('td.editable'); const i = td && $('input:not([type=hidden]),select,textarea', td); if (i) { i.focus(); i.select?.(); } });

/* board: a card moves at once, then POST {data-move-url} with stage, before, version; if that fails it goes back */
const place = c => ({ lane: c.closest('.lane'), next: c.nextElementSibling });
async function moved(card, from) {
  const lane = card.closest('.lane'); if (lane === from.lane && card.nextElementSibling === from.next) return;
  if (lane.dataset.ask && lane !== from.lane) { back(card, from); ask(card, lane); return; }
  const next = card.nextElementSibling, above = card.previousElementSibling, before = next?.classList.contains('deal') ? next.dataset.id : '', after = above?.classList.contains('deal') ? above.dataset.id : '';
  card.setAttribute('aria-busy', 'true');
  try {
    const r = await send(card.dataset.moveUrl, new URLSearchParams({ stage: lane.dataset.stage, before, after, version: card.dataset.version || '' }));
    if (!r.ok) { if (!headerToast(r)) throw r; back(card, from); return; }
    const v = r.headers.get('X-Version'); if (v) card.dataset.version = v;
    headerToast(r); const html = await r.text(); if (html.trim()) heads(html);
  } catch { back(card, from); toast(word('back'), { err: true }); } finally { card.removeAttribute('aria-busy'); }
}
const back = (card, from) => from.lane.insertBefore(card, from.next && from.next.parentNode === from.lane ? from.next : null);
/* the answer holds elements with ids: each replaces the one of its id (column heads, totals) */
const heads = html => { const t = document.createElement('template'); t.innerHTML = html; [...t.content.children].forEach(n => { const o = n.id && document.getElementById(n.id); if (o) { o.replaceWith(n); window.htmx?.process(n); } }); };
function boards() {
  if (!window.Sortable) return;
  $$('.lane:not([data-live])').forEach(l => { l.dataset.live = ''; Sortable.create(l, { group: 'deals', animation: 140, draggable: '.deal', ghostClass: 'ghost', delayOnTouchOnly: true, delay: 160, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4, fallbackClass: 'drag', filter: '.menu,a,button', preventOnFilter: false, onStart: e => { e.item._from = { lane: e.from, next: e.item.nextElementSibling }; }, onEnd: e => moved(e.item, e.item._from) }); });
}
const shift = (c, by) => { const l = $$('.lane'), from = place(c), to = l[l.indexOf(from.lane) + by]; if (!to) return; to.insertBefore(c, $('.deal,.lane-add', to)); c.focus(); moved(c, from); };
document.addEventListener('keydown', e => { const c = e.target.closest?.('.deal'); if (c && c === e.target && (e.key === '[' || e.key === ']')) shift(c, e.key === ']' ? 1 : -1); });
on('click', '[data-shift]', (e, b) => shift(b.closest('.deal'), +b.dataset.shift));
/* the menu of a card names a column; a column with data-ask opens that dialog, whose form is the move */
on('click', '[data-lane]', (e, b) => { const c = b.closest('.deal'), from = place(c), to = $(`.lane[data-stage="${CSS.escape(b.dataset.lane)}"]`); if (!to || to === from.lane) return; to.insertBefore(c, $('.deal,.lane-add', to)); c.focus(); moved(c, from); });
const ask = (c, lane) => { const d = document.getElementById(lane.dataset.ask), f = $('form', d), w = $('[data-what]', d); f.action = c.dataset.moveUrl; f.elements.stage.value = lane.dataset.stage; f.elements.version.value = c.dataset.version; if (w) w.textContent = c.dataset.name; open(d.id); };

/* upload with progress; the answer is a redirect (HX-Redirect, or a plain one), or the page to show */
on('submit', 'form[data-upload]', (e, f) => {
  e.preventDefault(); const bar = $('.up-bar', f), b = $('[type=submit]', f), x = new XMLHttpRequest(); bar.hidden = false; b.disabled = true;
  x.open('POST', f.action); x.setRequestHeader('X-CSRF', csrf); x.setRequestHeader('HX-Request', 'true');
  x.upload.onprogress = p => { if (!p.lengthComputable) return; const n = Math.round(p.loaded / p.total * 100); $('.meter > span', bar).style.width = n + '%'; $('.meter', bar).setAttribute('aria-valuenow', n); $('[data-pct]', bar).textContent = n + '%'; };
  const fail = t => { bar.hidden = true; b.disabled = false; toast(t, { err: true }); };
  x.onload = () => {
    const to = x.getResponseHeader('HX-Redirect') || (x.status < 400 && x.responseURL !== f.action ? x.responseURL : null);
    if (to) location.href = to; else if (x.status >= 500 || x.status === 0) fail(word('failed'));
    else { const d = new DOMParser().parseFromString(x.responseText, 'text/html'), n = $('form[data-upload]', d), m = $('#main', d); if (n) f.replaceWith(document.importNode(n, true)); else if (m) $('#main').replaceChildren(...[...m.childNodes].map(c => document.importNode(c, true))); else fail(d.body.textContent.trim() || word('failed')); }
  };
  x.onerror = () => fail(word('offline')); x.send(new FormData(f));
});
/* a refusal is said where one stands and what was typed stays: such a form is sent from here */
on('submit', 'form[data-stay]', async (e, f) => {
  e.preventDefault(); if ('busy' in f.dataset) return; f.dataset.busy = ''; let leaving = false;
  try {
    const d = new FormData(f, e.submitter), r = await send(f.getAttribute('action'), f.enctype === 'multipart/form-data' ? d : new URLSearchParams(d));
    const to = r.headers.get('HX-Redirect') || (r.ok && r.redirected ? r.url : null);
    if (to) { leaving = true; location.href = to; } else if (!headerToast(r)) toast(word('failed'), { err: true });
  } catch { toast(word('offline'), { err: true }); } finally { setTimeout(() => delete f.dataset.busy, leaving ? 4000 : 0); }
});
/* ordinary forms are sent once */
on('submit', 'form[method=post]:not([data-upload])', (e, f) => { if (e.defaultPrevented || f.matches('[hx-post]')) return; if ('busy' in f.dataset) { e.preventDefault(); return; } f.dataset.busy = ''; setTimeout(() => delete f.dataset.busy, 4000); });
on('change', 'input[type=file][data-most]', (e, i) => { i.setCustomValidity([...i.files].reduce((n, x) => n + x.size, 0) > +i.dataset.most ? i.dataset.tooLarge : ''); i.reportValidity(); });
on('change', '[data-autosubmit]', (e, i) => i.form?.requestSubmit());
on('click', '[data-copy]', async (e, b) => { try { await navigator.clipboard.writeText(b.dataset.copy.startsWith('/') ? location.origin + b.dataset.copy : b.dataset.copy); toast(T('已复制', 'Copied')); } catch {} });
on('click', '[data-print]', () => print());

/* clocks: <b data-due="2026-11-24T16:00:00Z"> */
function tick() {
  const now = Date.now();
  $$('[data-due]').forEach(el => { let s = Math.round((new Date(el.dataset.due) - now) / 1000); const late = s < 0; s = Math.abs(s); const h = Math.floor(s / 3600), m = Math.floor(s % 3600 / 60), p = v => String(v).padStart(2, '0'); el.textContent = el.dataset.fmt === 'hms' ? `${h}:${p(m)}:${p(s % 60)}` : h ? T(`${h} 小时 ${m} 分`, `${h} h ${m} min`) : T(`${m} 分钟`, `${m} min`); el.classList.toggle('red', late); });
}
setInterval(tick, 1000);

/* on phones a row of a small table is a card: its cells say the name of their column */
function named() {
  $$('.tbl.plain:not(.facts,.pairs)').forEach(t => {
    const heads = $$('thead th', t); if (heads.length < 3 || $('td[rowspan],td[colspan]:not(tfoot td)', t)) return;
    t.classList.add('named'); const words = heads.map(h => h.textContent.trim());
    $$('tbody tr', t).forEach(r => [...r.cells].forEach((c, i) => { if (words[i]) c.dataset.label = words[i]; }));
  });
}

/* recordings: play, and seek by click or arrow keys; what was played is drawn in another colour */
$$('[data-player]').forEach(p => {
  const a = $('audio', p), b = $('[data-play]', p), s = $('[data-seek]', p), bars = $$('rect', s), all = +s.dataset.seek || 1, long = () => isFinite(a.duration) && a.duration || all;
  const paint = () => { const t = a.currentTime, n = Math.round(t / long() * bars.length); bars.forEach((r, i) => r.classList.toggle('on', i < n)); $('[data-now]', p).textContent = Math.floor(t / 60) + ':' + String(Math.floor(t % 60)).padStart(2, '0'); s.setAttribute('aria-valuenow', Math.round(t)); };
  const seek = t => { a.currentTime = Math.max(0, Math.min(long(), t)); paint(); };
  const icon = () => $('use', b)?.setAttribute('href', $('use', b).getAttribute('href').replace(/#.*/, a.paused ? '#i-player-play' : '#i-player-pause'));
  b.onclick = () => { if (a.paused) a.play().catch(() => toast(word('failed'), { err: true })); else a.pause(); };
  ['play', 'pause', 'ended'].forEach(e => a.addEventListener(e, icon)); a.addEventListener('timeupdate', paint);
  s.onclick = e => { const r = s.getBoundingClientRect(); seek((e.clientX - r.left) / r.width * long()); };
  s.onkeydown = e => { const d = { ArrowRight: 5, ArrowLeft: -5 }[e.key]; if (d) seek(a.currentTime + d); else if (e.key === 'Home') seek(0); else if (e.key === 'End') seek(long()); else return; e.preventDefault(); };
});

/* a corner that fills itself (who calls while it rings): asked again after as many seconds as its answer says, while the page is looked at; the focus stays where it is */
$$('[data-corner]').forEach(c => {
  let tag = '', timer, hid = ''; const store = 'corner' + c.dataset.corner;
  const ask = async () => {
    clearTimeout(timer); if (document.hidden) return; let wait = 5, rest = 0; try { rest = +sessionStorage.getItem(store) - Date.now(); } catch {}
    if (rest > 0) { timer = setTimeout(ask, rest); return; }
    try {
      const r = await fetch(c.dataset.corner, { headers: { 'HX-Request': 'true', 'If-None-Match': tag }, cache: 'no-store' }); wait = +r.headers.get('X-Again') || 5;
      if (r.status === 204) { tag = ''; c.replaceChildren(); }
      else if (r.status === 200) {
        tag = r.headers.get('ETag') || ''; const t = document.createElement('template'); t.innerHTML = await r.text(); const n = t.content.firstElementChild, was = c.contains(document.activeElement) && document.activeElement.id;
        if (n && n.dataset.call === hid) c.replaceChildren(); else { c.replaceChildren(t.content); if (was) document.getElementById(was)?.focus(); }
      } else if (r.status >= 400) wait = 60;
    } catch { wait = 15; }
    if (wait > 30) try { sessionStorage.setItem(store, Date.now() + wait * 1000); } catch {}
    timer = setTimeout(ask, wait * 1000);
  };
  c.addEventListener('click', e => { if (e.target.closest('[data-corner-hide]')) { hid = c.firstElementChild?.dataset.call || ''; c.replaceChildren(); } });
  document.addEventListener('visibilitychange', ask); ask();
});

bulk(); boards(); named(); tick();
/* the open tab is in sight; on a phone a tab other than the first begins with its contents */
$$('.tabs').forEach(bar => { const now = $('[aria-current]', bar); if (!now) return; if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = now.offsetLeft - bar.offsetLeft - (bar.clientWidth - now.offsetWidth) / 2; if (innerWidth <= 720 && $('.rec-h') && now !== bar.firstElementChild) bar.scrollIntoView(); });
on('wheel', '.tabs', (e, bar) => { if (!e.deltaX && bar.scrollWidth > bar.clientWidth) bar.scrollLeft += e.deltaY; });
/* focus: the first wrong field, the field that asks for it, else the sheet so that PageDown and Space scroll it */
const first = $('[aria-invalid=true]') || $('[autofocus]');
if (first) first.focus(); else if (!document.activeElement || document.activeElement === document.body) $('#main')?.focus({ preventScroll: true });
})();
