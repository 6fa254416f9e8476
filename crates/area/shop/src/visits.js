// Tells which pages of this site are looked at, by people who agreed to it. Nothing is sent and nothing kept in the browser before
// the answer is yes; a browser that signals "do not sell or share" is not even asked. A site with a banner of its own sets
// data-ask="no" and calls zhikeVisits.agree() or zhikeVisits.refuse().
(function () {
  "use strict";
  var me = document.currentScript;
  var token = me && me.getAttribute("data-box");
  if (!token || !/^[0-9a-f]+$/.test(token)) return;
  var home = new URL(me.src).origin;
  var key = "zhike-visits-" + token.slice(0, 8);
  var lang = /^zh/i.test(document.documentElement.lang || navigator.language || "") ? "zh-CN" : "en";
  function kept() { try { return localStorage.getItem(key); } catch (e) { return "no"; } }
  function keep(value) { try { localStorage.setItem(key, value); } catch (e) { /* asked again next time */ } }
  function send(body) {
    return fetch(home + "/api/v1/web-visits/" + token, {
      method: "POST", mode: "no-cors", credentials: "omit", keepalive: true, headers: { "content-type": "text/plain" },
      body: JSON.stringify(body)
    }).catch(function () { /* the site works without us */ });
  }
  function tell(visitor) {
    send({ visitor: visitor, path: location.pathname, title: document.title, referrer: document.referrer, language: lang });
  }
  function agree() {
    var bytes = crypto.getRandomValues(new Uint8Array(16)), visitor = "";
    bytes.forEach(function (b) { visitor += (b + 256).toString(16).slice(1); });
    keep(visitor);
    tell(visitor);
  }
  function refuse() {
    var visitor = kept();
    keep("no");
    if (visitor && visitor !== "no") send({ visitor: visitor, forget: true });
  }
  window.zhikeVisits = { agree: agree, refuse: refuse, visitor: function () { var v = kept(); return v && v !== "no" ? v : ""; } };
  var before = kept();
  if (before && before !== "no") return tell(before);
  if (before === "no" || navigator.globalPrivacyControl || me.getAttribute("data-ask") === "no") return;
  function ask(said) {
    var box = document.createElement("div");
    function set(el, rules) { for (var name in rules) el.style.setProperty(name, rules[name]); return el; }
    set(box, {
      position: "fixed", left: "12px", right: "12px", bottom: "12px", "max-width": "560px", margin: "0 auto", padding: "14px 16px",
      background: "#fff", color: "#1c2330", border: "1px solid #cfd6e1", "border-radius": "12px", "z-index": "2147482000",
      font: "14px/1.5 system-ui, sans-serif", "box-shadow": "0 8px 32px rgba(0,0,0,.2)"
    });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", said.words);
    var words = document.createElement("p");
    words.textContent = said.words;
    set(words, { margin: "0 0 10px" });
    box.appendChild(words);
    // Both answers look alike: neither is the easier one.
    [[said.no, refuse], [said.yes, agree]].forEach(function (answer) {
      var button = set(document.createElement("button"), {
        "margin-right": "8px", padding: "9px 16px", border: "1px solid #1f4fd8", "border-radius": "8px", background: "#fff", color: "#1f4fd8",
        font: "600 14px/1.2 system-ui, sans-serif", cursor: "pointer"
      });
      button.type = "button";
      button.textContent = answer[0];
      button.addEventListener("click", function () { box.remove(); answer[1](); });
      box.appendChild(button);
    });
    document.body.appendChild(box);
  }
  fetch(home + "/embed/visits/" + token + "?lang=" + lang, { credentials: "omit" })
    .then(function (r) { return r.ok ? r.json() : null; })
    .then(function (said) { if (said) ask(said); })
    .catch(function () { /* not asked, so nothing is kept */ });
})();
