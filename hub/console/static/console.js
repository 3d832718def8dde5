/* What pages do beyond being read: they stay true, move by keys, copy commands, draw charts from their tables. Without
   this file every page works; with it nothing is added that a page does not say. No inline script, no eval. */
"use strict";
(() => {
  const $ = (what, where = document) => where.querySelector(what);
  const all = (what, where = document) => [...where.querySelectorAll(what)];

  /* Live: one stream for the page. A change repaints at most once a second; three missed heartbeats make figures grey. */
  const LOST = 16000, LEAST = 1000;
  const bar = $("[data-livebar]");
  if (bar && window.EventSource) {
    const told = $("[data-told]", bar), button = $("[data-pauses]", bar), feels = $("[data-feels]", bar), at = $("[data-at]", bar);
    let source = null, paused = false, missed = 0, last = 0, due = 0, lost = 0, later = 0;
    const say = (text) => { if (told.textContent !== text) told.textContent = text; };
    const stale = () => {
      document.body.classList.add("stale");
      say(bar.dataset.stale.replace("{time}", at.textContent.trim().slice(0, 8)));
    };
    const alive = () => {
      clearTimeout(lost);
      lost = setTimeout(stale, LOST);
      if (document.body.classList.contains("stale")) { document.body.classList.remove("stale"); say(""); changed(); }
    };
    const repaint = () => {
      due = 0; last = Date.now();
      all("[data-live]").forEach((part) => window.htmx.trigger(part, "refresh"));
    };
    const changed = () => {
      if (paused) { missed += 1; say(bar.dataset.missed.replace("{n}", missed)); return; }
      if (!due) due = setTimeout(repaint, Math.max(0, LEAST - (Date.now() - last)));
    };
    /* A figure that many share may be older than the change that was told: the page says when there will be a newer. */
    const again = () => {
      const part = $("[data-live] [data-again]");
      clearTimeout(later);
      if (part) later = setTimeout(changed, Number(part.dataset.again));
    };
    const open = () => {
      if (source) return;
      source = new EventSource(`/console/live?seen=${bar.dataset.seen}`);
      source.addEventListener("changed", () => { alive(); changed(); });
      source.addEventListener("beat", alive);
      source.addEventListener("state", (event) => {
        alive();
        const text = bar.dataset[event.data];
        if (text) { feels.textContent = text; $(".dot", bar).classList.toggle("off", event.data !== "on"); }
      });
      source.onerror = () => { if (source && source.readyState === 2) { source.close(); source = null; setTimeout(open, 3000); } };
      alive();
    };
    button.addEventListener("click", () => {
      paused = !paused;
      $("span", button).textContent = paused ? bar.dataset.goOn : bar.dataset.pause;
      button.setAttribute("aria-pressed", String(paused));
      if (!paused) { missed = 0; say(""); repaint(); }
    });
    /* A page that nobody sees holds no connection: a browser has six for one hub. */
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) { clearTimeout(lost); if (source) source.close(); source = null; } else { open(); changed(); }
    });
    document.addEventListener("htmx:after:swap", () => {
      const fresh = $("[data-live] [data-now]");
      if (fresh) at.textContent = fresh.dataset.now;
      again();
      charts();
    });
    open();
    again();
  }

  /* Keys, by their place on the board: Telex rewrites letters. They can be off. */
  const OFF = "truc-keys-off", dialog = $("#keys"), toggle = $("[data-keys-off]");
  const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  const label = () => { toggle.textContent = off() ? toggle.dataset.on : toggle.dataset.off; };
  if (toggle) {
    label();
    toggle.addEventListener("click", () => { try { localStorage.setItem(OFF, off() ? "0" : "1"); } catch { /* as it is */ } label(); });
    $("[data-close]", dialog).addEventListener("click", () => dialog.close());
  }
  const links = () => all("[data-list] tr, [data-list] > li").map((row) => $("a", row)).filter(Boolean);
  const move = (step) => {
    const known = links(), here = known.indexOf(document.activeElement);
    const next = known[here < 0 ? (step > 0 ? 0 : known.length - 1) : Math.min(known.length - 1, Math.max(0, here + step))];
    if (next) next.focus();
  };
  const typing = (element) => element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.code === "Escape") {
      const menu = $(".moremenu[open]");
      if (menu) menu.removeAttribute("open"); else if (typing(document.activeElement)) document.activeElement.blur();
      else { const back = $("[data-back]"); if (back && !dialog.open) back.click(); }
      return;
    }
    if (typing(document.activeElement) || off() || dialog.open) return;
    const act = {
      Slash: () => (event.shiftKey || event.key === "?" ? dialog.showModal() : $("#q") && $("#q").focus()),
      KeyJ: () => move(1), KeyK: () => move(-1),
      ArrowDown: links().includes(document.activeElement) ? () => move(1) : null,
      ArrowUp: links().includes(document.activeElement) ? () => move(-1) : null,
    }[event.code];
    if (act) { event.preventDefault(); act(); return; }
    const key = all("[data-key]").find((one) => one.dataset.key === event.code && !one.hidden);
    if (key && !event.shiftKey) { event.preventDefault(); key.click(); key.focus(); }
  });

  /* Several rows: X chooses the row in which one stands; below the list stands how many are. */
  const boxes = () => all("[data-select]"), several = $("[data-several]");
  const count = () => { if (several) $("[data-several-told]", several).textContent = several.dataset.several.replace("{n}", boxes().filter((one) => one.checked).length); };
  document.addEventListener("change", (event) => { if (event.target.matches("[data-select]")) count(); });
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyX" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (off() || dialog.open) return;
    const row = document.activeElement.closest("tr"), box = row && $("[data-select]", row);
    if (box) { event.preventDefault(); box.click(); }
  });
  count();

  /* Copying: what stands beside the button. */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const word = $("span", button), was = word.textContent;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch {
      const range = document.createRange(); range.selectNodeContents(button.previousElementSibling || word);
      getSelection().removeAllRanges(); getSelection().addRange(range); return;
    }
    word.textContent = button.dataset.done;
    setTimeout(() => { word.textContent = was; }, 2000);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  /* A chart is drawn from the table beside it: first column x, each further one with data-v a line; a pair of columns
     marked low and high by data-chart="band" is the usual band. */
  const drawn = new WeakMap();
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = () => {
    if (!window.uPlot) return;
    all("figure[data-chart]").forEach((figure) => {
      const rows = all("tbody tr", figure), plot = $(".plot", figure), columns = all("thead th", figure).slice(1);
      const names = rows.map((row) => row.children[0].textContent.trim());
      const values = columns.map((_, i) => rows.map((row) => { const v = row.children[i + 1].dataset.v; return v === undefined ? null : Number(v); }));
      const key = JSON.stringify([names, values, document.documentElement.dataset.theme, plot.clientWidth]);
      if (drawn.get(plot) === key || !plot.clientWidth) return;
      drawn.set(plot, key);
      plot.replaceChildren();
      const colours = [token("--act"), token("--ok"), token("--warn"), token("--back")];
      const ink = token("--ink2"), line = token("--line"), band = figure.dataset.chart === "band";
      const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px sans-serif" };
      const bars = figure.dataset.chart === "bars" && window.uPlot.paths.bars ? window.uPlot.paths.bars({ size: [0.7, 60] }) : undefined;
      new window.uPlot({
        width: plot.clientWidth, height: plot.clientHeight || 170, legend: { show: false }, cursor: { show: false },
        scales: { x: { time: false }, y: { range: (u, low, high) => [0, Math.max(1, high * 1.1)] } },
        series: [{}, ...columns.map((column, i) => ({
          label: column.textContent, stroke: band && i ? "transparent" : colours[i % colours.length], width: 1.75, points: { show: false }, paths: bars,
          fill: bars ? colours[i % colours.length] : undefined,
        }))],
        bands: band && columns.length > 2 ? [{ series: [3, 2], fill: token("--well") }] : [],
        axes: [{ ...axis, grid: { show: false }, values: (u, places) => places.map((p) => (Number.isInteger(p) ? names[p] || "" : "")) }, { ...axis, size: 44 }],
      }, [names.map((_, i) => i), ...values], plot);
    });
  };
  charts();
  window.addEventListener("resize", () => { clearTimeout(charts.due); charts.due = setTimeout(charts, 200); });
})();
