// A message box on a page of another site: a button and a frame with our page. No cookie, no style sheet, no inline code, so
// that it runs under a strict policy (script-src and frame-src of this address).
(function () {
  "use strict";
  var me = document.currentScript;
  var token = me && me.getAttribute("data-box");
  if (!token || !/^[0-9a-f]+$/.test(token)) return;
  var home = new URL(me.src).origin;
  var label = me.getAttribute("data-label") || "✉";
  var side = me.getAttribute("data-side") === "left" ? "left" : "right";
  var frame = null;
  function set(el, rules) {
    for (var name in rules) el.style.setProperty(name, rules[name]);
    return el;
  }
  var button = set(document.createElement("button"), {
    position: "fixed", bottom: "20px", "z-index": "2147483000", padding: "12px 18px", border: "0", "border-radius": "24px",
    background: "#1f4fd8", color: "#fff", font: "600 15px/1.2 system-ui, sans-serif", cursor: "pointer",
    "box-shadow": "0 4px 16px rgba(0,0,0,.25)"
  });
  button.style.setProperty(side, "20px");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  function open() {
    if (!frame) {
      frame = set(document.createElement("iframe"), {
        position: "fixed", bottom: "76px", "z-index": "2147483000", width: "min(400px, calc(100vw - 24px))",
        height: "min(620px, calc(100vh - 96px))", border: "0", "border-radius": "12px", background: "#fff",
        "box-shadow": "0 8px 32px rgba(0,0,0,.3)"
      });
      frame.style.setProperty(side, "12px");
      frame.title = label;
      var lang = document.documentElement.lang || navigator.language || "";
      // Whoever agreed that visits are recorded is known by the same number when they write.
      var visitor = window.zhikeVisits ? window.zhikeVisits.visitor() : "";
      frame.src = home + "/m/" + token + "?lang=" + (/^zh/i.test(lang) ? "zh-CN" : "en") + (visitor ? "&visitor=" + visitor : "");
      document.body.appendChild(frame);
    }
    frame.style.setProperty("display", "block");
    button.setAttribute("aria-expanded", "true");
  }
  function close() {
    if (frame) frame.style.setProperty("display", "none");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
  button.addEventListener("click", function () {
    if (button.getAttribute("aria-expanded") === "true") close(); else open();
  });
  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape" && button.getAttribute("aria-expanded") === "true") close();
  });
  function start() { document.body.appendChild(button); }
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
