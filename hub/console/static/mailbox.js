/* The clerk's mailbox: signing, keys, a list that stays. The hub makes the bytes, the agent on this machine signs them
   (in a sandbox a key of this browser), the page carries them back. What was signed cannot be undone: so it is held for
   five seconds first. */
"use strict";
(() => {
  const $ = (what, where = document) => where.querySelector(what);
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const held = $("[data-held]"), signer = $("[data-signer]");
  if (!held || !signer) return;
  const HELD = 5000, AGENT = "truc-agent", AUTO = "truc-auto";
  const utf8 = (text) => new TextEncoder().encode(text);
  const base64 = (bytes) => { let text = ""; for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000)); return btoa(text); };
  const url64 = (bytes) => base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
  const lang = document.documentElement.lang === "en" ? "en" : "vi";
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

  class Refused extends Error {}
  const answered = async (response) => {
    const told = await response.json().catch(() => ({}));
    if (response.ok) return told;
    const findings = (told.findings || []).filter((f) => f.severity === "error").map((f) => f[lang]);
    throw new Refused([told[lang] || String(response.status), ...findings].join(" · "));
  };
  const hub = async (path, body, type = "application/json") => answered(await fetch(`/console/mailbox/${path}`, {
    method: "POST", body, headers: { "Content-Type": type, "X-Truc-Form": held.dataset.form },
  }));

  /* The agent on this machine. */
  const remembered = () => { try { return JSON.parse(localStorage.getItem(AGENT) || "null"); } catch { return null; } };
  const agent = async (path, known, body) => {
    let response;
    try {
      response = await fetch(`http://127.0.0.1:${known.port}${path}`, {
        method: body ? "POST" : "GET", body: body && JSON.stringify(body), credentials: "omit", referrerPolicy: "no-referrer",
        headers: { ...(body ? { "Content-Type": "application/json" } : {}), ...(known.session ? { Authorization: `Bearer ${known.session}` } : {}) },
      });
    } catch { throw new Refused(signer.dataset.off); }
    return answered(response);
  };

  /* A sandbox key, kept by the browser so that no script can read it. */
  const KINDS = [
    [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }, "ES256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "SHA-256", "http://www.w3.org/2001/04/xmlenc#sha256"],
    [{ name: "ECDSA", namedCurve: "P-384" }, { name: "ECDSA", hash: "SHA-384" }, "ES384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "SHA-384", "http://www.w3.org/2001/04/xmldsig-more#sha384"],
    [{ name: "RSA-PSS", hash: "SHA-256" }, { name: "RSA-PSS", saltLength: 32 }, "PS256", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "SHA-256", "http://www.w3.org/2001/04/xmlenc#sha256"],
  ];
  const store = (mode, work) => new Promise((done, failed) => {
    const opening = indexedDB.open("truc-sandbox-keys", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const db = opening.result, asked = work(db.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => { done(asked.result); db.close(); };
      asked.onerror = () => { failed(asked.error); db.close(); };
    };
  });
  const sandbox = "sandbox" in signer.dataset, agency = signer.dataset.agency;
  const kept = async () => (sandbox && window.indexedDB ? store("readonly", (keys) => keys.get(agency)) : undefined);
  const blocks = (text, name) => [...text.matchAll(new RegExp(`-----BEGIN ${name}-----([^-]*)-----END`, "g"))].map((m) => Uint8Array.from(atob(m[1].replace(/\s/g, "")), (c) => c.charCodeAt(0)));
  const take = async (files) => {
    const text = (await Promise.all([...files].map((file) => file.text()))).join("\n");
    const [key] = blocks(text, "PRIVATE KEY"), chain = blocks(text, "CERTIFICATE");
    for (let kind = 0; key && chain.length && kind < KINDS.length; kind += 1) {
      try {
        const usable = await crypto.subtle.importKey("pkcs8", key, KINDS[kind][0], false, ["sign"]);
        const kid = hex(await crypto.subtle.digest("SHA-256", chain[0]));
        await store("readwrite", (keys) => keys.put({ key: usable, kind, kid, chain: chain.slice(0, 3).map(base64) }, agency));
        return;
      } catch { /* of another kind */ }
    }
    throw new Refused(signer.dataset.kinds);
  };
  const DS = "http://www.w3.org/2000/09/xmldsig#", EXC = "http://www.w3.org/2001/10/xml-exc-c14n#", END = "</edXML:edXMLHeader>";
  const empty = (name, algorithm) => `<${name} Algorithm="${algorithm}"></${name}>`;
  /* The message came in its canonical form. Were it not, the digest made here would not be the one that the hub makes, and
     the hub would refuse it: so what is signed is what is read here. */
  const signXml = async (mine, text) => {
    const [, how, , method, hash, digestMethod] = KINDS[mine.kind];
    if (text.split(END).length !== 2) throw new Refused(held.dataset.differs);
    const digest = base64(new Uint8Array(await crypto.subtle.digest(hash, utf8(text))));
    const info = `<SignedInfo xmlns="${DS}">${empty("CanonicalizationMethod", EXC)}${empty("SignatureMethod", method)}<Reference URI=""><Transforms>`
      + `${empty("Transform", `${DS}enveloped-signature`)}${empty("Transform", EXC)}</Transforms>${empty("DigestMethod", digestMethod)}`
      + `<DigestValue>${digest}</DigestValue></Reference></SignedInfo>`;
    const value = base64(new Uint8Array(await crypto.subtle.sign(how, mine.key, utf8(info))));
    const holders = mine.chain.map((der) => `<X509Certificate>${der}</X509Certificate>`).join("");
    const signature = `<Signature xmlns="${DS}">${info}<SignatureValue>${value}</SignatureValue><KeyInfo><X509Data>${holders}</X509Data></KeyInfo></Signature>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n${text.replace(END, () => signature + END)}`;
  };
  const signWords = async (mine, payload) => {
    const [, how, alg] = KINDS[mine.kind];
    const header = { alg, kid: mine.kid, typ: "truc-acknowledgement/1" };
    const input = `${url64(utf8(JSON.stringify(header)))}.${url64(utf8(payload))}`;
    return `${input}.${url64(new Uint8Array(await crypto.subtle.sign(how, mine.key, utf8(input))))}`;
  };

  /* Before anything is signed it is read, and held against what was chosen. The agent does the same, and shows it. */
  const read = (text) => {
    const xml = new DOMParser().parseFromString(text, "text/xml");
    const first = (name, where = xml) => { const one = where.getElementsByTagNameNS("*", name)[0]; return one ? one.textContent.trim() : ""; };
    const inside = (name) => xml.getElementsByTagNameNS("*", name)[0];
    const about = inside("ResponseFor"), code = inside("Code");
    return {
      from: inside("From") ? first("OrganId", inside("From")) : "", status: first("StatusCode"), about: about ? first("Code", about) : "",
      code: code ? [first("CodeNumber", code), first("CodeNotation", code)].filter(Boolean).join("/") : "",
      subject: first("Subject"), to: [...xml.getElementsByTagNameNS("*", "To")].map((to) => first("OrganId", to)),
    };
  };
  const check = async (task, meant) => {
    if (task.payload) {
      const said = JSON.parse(task.payload);
      const data = await Promise.all(task.documents.map(async (id) => new Uint8Array(await (await fetch(`/console/mailbox/bytes/${id}`)).arrayBuffer())));
      const digests = await Promise.all(data.map(async (one) => hex(await crypto.subtle.digest("SHA-256", one))));
      if (said.items.length !== digests.length || said.items.some((item, i) => item.sha256 !== digests[i])) throw new Refused(held.dataset.differs);
      return { payload: task.payload, documents: data };
    }
    const found = read(task.edxml);
    const same = found.from === agency && (meant.letter
      ? found.subject === meant.letter.subject && found.code === meant.letter.code && found.to.join() === meant.letter.to.join()
      : meant.statuses.includes(found.status) && found.about === meant.code);
    if (!same) throw new Refused(held.dataset.differs);
    return { edxml: task.edxml };
  };
  const sign = async (tasks, meant, asks) => {
    const read = [];
    for (const task of tasks) read.push(await check(task, meant));
    const mine = await kept();
    if (mine) return Promise.all(read.map((task) => (task.payload ? signWords(mine, task.payload) : signXml(mine, task.edxml))));
    const known = remembered();
    if (!known) throw new Refused(signer.dataset.off);
    asks();
    const given = read.map((task) => (task.payload ? { payload: task.payload, documents: task.documents.map(base64) } : task));
    return (await agent("/v1/sign", known, { tasks: given })).signed;
  };
  const carry = async (tasks, signed, noted) => {
    let last = {};
    for (let i = 0; i < tasks.length; i += 1) {
      last = tasks[i].payload ? await hub("acknowledge", signed[i], "application/jose")
        : await hub(`submit?${new URLSearchParams(noted)}`, signed[i], "application/xml");
    }
    return last;
  };

  /* What is about to be signed, for five seconds; then what became of it. */
  const bar = (text, bad = false) => {
    const row = document.createElement("div");
    row.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (bad) { row.className = "bad"; row.setAttribute("role", "alert"); }
    held.append(row);
    return row;
  };
  const say = (row, text, bad = false) => {
    if (!row.isConnected) held.append(row);
    row.firstChild.textContent = text;
    all("button", row).forEach((button) => button.remove());
    row.className = bad ? "bad" : "";
    setTimeout(() => row.remove(), bad ? 20000 : 4000);
  };
  let pending = 0, line = Promise.resolve();
  const later = (what, work, undone, done, failed) => {
    const row = bar(fill(held.dataset.template, { what }));
    const undo = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: held.dataset.undo });
    undo.dataset.key = "KeyZ";
    row.append(undo);
    pending += 1;
    const timer = setTimeout(() => {
      undo.remove();
      row.firstChild.textContent = held.dataset.doing;
      /* One after another, as they were decided. */
      line = line.then(async () => {
        try { say(row, done(await work(() => { row.firstChild.textContent = held.dataset.asks; }))); }
        catch (error) { failed(); say(row, fill(held.dataset.failed, { why: error.message }), true); }
        pending -= 1;
      });
    }, HELD);
    undo.addEventListener("click", () => { clearTimeout(timer); pending -= 1; row.remove(); undone(); });
  };
  window.addEventListener("beforeunload", (event) => { if (pending) event.preventDefault(); });

  /* Which signer there is. */
  const state = (word, good) => { $("[data-signer-state]").textContent = signer.dataset[word]; $(".dot", signer).classList.toggle("off", !good); signer.dataset.state = word; };
  const told = (text) => { const place = $("[data-sign-told]"); place.textContent = text; place.hidden = !text; };
  const look = async () => {
    const forget = $("[data-forget]");
    if (await kept()) { state("keyed", true); if (forget) forget.hidden = false; return true; }
    if (forget) forget.hidden = true;
    const known = remembered();
    if (!known) { state("off", false); return false; }
    try { const there = await agent("/v1/agent", known); state(there.paired && there.agency === agency ? "ready" : "unpaired", there.paired && there.agency === agency); }
    catch { state("off", false); }
    return signer.dataset.state === "ready";
  };
  $("[data-pair]", signer).addEventListener("click", async () => {
    const [port, code] = $("#pair").value.trim().split("-");
    try {
      const { session } = await agent("/v1/pair", { port: Number(port) || 8475 }, { code: code || "" });
      localStorage.setItem(AGENT, JSON.stringify({ port: Number(port), session }));
      told("");
    } catch (error) { told(error.message); }
    if (await look()) signer.open = false;
  });
  $("#pair").addEventListener("keydown", (event) => { if (event.key === "Enter") $("[data-pair]", signer).click(); });
  const keyfile = $("[data-keyfile]", signer);
  if (keyfile) keyfile.addEventListener("change", async () => {
    try { await take(keyfile.files); told(""); } catch (error) { told(error.message); }
    if (await look()) signer.open = false;
  });
  const forget = $("[data-forget]", signer);
  if (forget) forget.addEventListener("click", async () => { await store("readwrite", (keys) => keys.delete(agency)); look(); });
  const auto = $("[data-auto]", signer);
  auto.checked = localStorage.getItem(AUTO) === "1";
  auto.addEventListener("change", () => { localStorage.setItem(AUTO, auto.checked ? "1" : "0"); if (auto.checked) receive(); });

  const act = async (wanted) => hub("prepare", JSON.stringify(wanted));
  const receive = async () => {
    try {
      for (let round = 0; round < 20; round += 1) {
        const { tasks } = await act({ act: "receive" });
        if (!tasks.length) return;
        const { items } = await carry(tasks, await sign(tasks, { statuses: [] }, () => {}), {});
        say(bar(""), fill(held.dataset.didReceive, { n: items }).split("|").slice(items === 1 ? 0 : -1)[0]);
      }
    } catch (error) { told(error.message); }
  };
  const STATUSES = { register: ["03", "04"], return: ["02"], assign: ["04"], begin: ["05"], finish: ["06"], agree: ["15"], keep: ["16"], "take-back": ["13"] };

  /* The list stays; what is read changes beside it. */
  const mail = $("[data-mail]"), pane = $("[data-read]");
  const items = () => all("[data-open]");
  const current = () => $("[data-open][aria-current]");
  const open = async (item) => {
    /* Until the next one is here nothing can be decided: a key that comes too soon is not for the one before. */
    const before = $("[data-actions]", pane);
    if (before) before.remove();
    if (!item) { pane.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: "" })); return; }
    const query = mail.dataset.tab ? `?tab=${mail.dataset.tab}` : "";
    const response = await fetch(`/console/mailbox/in/${item.dataset.open}/pane${query}`);
    if (!response.ok) { location.href = item.href; return; }
    /* A page of ours, put where it belongs; scripts in it would not run, and there are none. */
    pane.innerHTML = await response.text();
    const number = $("[data-number]", pane);
    if (number) number.textContent = String(Number(number.textContent) + promised);
    all("[data-open][aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    item.setAttribute("aria-current", "true");
    item.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", item.getAttribute("href"));
  };
  const next = (item) => { const known = items().filter((one) => !one.closest("li").hidden); const at = known.indexOf(item); return known[at + 1] || known[at - 1]; };
  const counted = (by) => { const place = $("[data-waiting]"); if (place) place.textContent = String(Math.max(0, Number(place.textContent) + by)); };

  const decide = async (name, form, more = {}) => {
    const item = items().find((one) => one.dataset.open === form.dataset.id);
    const field = (field) => (form.elements[field] ? form.elements[field].value.trim() : "");
    const wanted = { act: name, message: form.dataset.id, assignee: field("assignee"), due: field("due"), ...more };
    told("");
    let prepared;
    try { prepared = await act(wanted); } catch (error) { say(bar(""), fill(held.dataset.failed, { why: error.message }), true); return; }
    const noted = { assignee: wanted.assignee, due: wanted.due }, meant = { statuses: STATUSES[name], code: form.dataset.code };
    const words = name === "register" ? held.dataset.willRegister : name === "return" ? held.dataset.willReturn : held.dataset.willOther;
    const waiting = Boolean(mail) && !mail.dataset.tab && (name === "register" || name === "return");
    const number = prepared.number + (waiting && name === "register" ? promised++ : 0);
    later(fill(words, { n: number, code: form.dataset.code }),
      async (asks) => carry(prepared.tasks, await sign(prepared.tasks, meant, asks), noted),
      () => { if (name === "register" && waiting) promised -= 1; back(item, waiting); },
      (result) => {
        if (name === "register" && waiting) promised -= 1;
        if (!waiting) location.reload(); else if (item) item.closest("li").remove();
        return name === "register" && result.number ? fill(held.dataset.didRegister, { n: result.number }) : held.dataset.didOther;
      },
      () => { if (name === "register" && waiting) promised -= 1; back(item, waiting); });
    if (waiting && item) {
      const after = next(item);
      item.closest("li").hidden = true;
      counted(-1);
      await open(after);
    }
  };
  let promised = 0;
  const back = (item, waiting) => { if (waiting && item) { item.closest("li").hidden = false; counted(1); open(item); } };
  const why = (form) => {
    const own = form.elements.own.value.trim(), chosen = form.elements.reason.value;
    return own || chosen;
  };
  if (mail) {
    mail.addEventListener("click", (event) => {
      const item = event.target.closest("[data-open]"), view = event.target.closest("[data-view]");
      if (event.ctrlKey || event.metaKey || event.shiftKey || matchMedia("(max-width: 760px)").matches) return;
      if (item) { event.preventDefault(); open(item); }
      if (view) {
        event.preventDefault();
        $(".viewer", pane).src = view.getAttribute("href");
        all("[data-view]", pane).forEach((one) => one.removeAttribute("aria-current"));
        view.setAttribute("aria-current", "true");
      }
    });
    pane.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-act], [data-opens]");
      if (!button) return;
      const form = button.closest("form");
      if (button.dataset.opens) {
        const part = $("[data-why]", form);
        part.hidden = false;
        $("input", part).focus();
        return;
      }
      const name = button.dataset.act, picked = all("[data-picked]");
      if (name === "return") { decide(name, form, { reason: why(form), assignee: "", due: "" }); return; }
      if (name === "keep") { decide(name, form, { reason: form.elements.keep.value.trim(), assignee: "", due: "" }); return; }
      if (name === "register" && picked.length) {
        for (const item of picked) {
          delete item.dataset.picked;
          await open(item);
          await decide(name, $("[data-actions]", pane));
        }
        return;
      }
      if (name === "assign" && !form.elements.assignee.value.trim()) { form.elements.assignee.focus(); return; }
      decide(name, form);
    });
    pane.addEventListener("submit", (event) => { if (event.target.matches("[data-actions]")) event.preventDefault(); });
    pane.addEventListener("keydown", (event) => {
      const form = event.target.closest("[data-actions]");
      if (!form || event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
      event.preventDefault();
      const button = event.target.closest("[data-why]") ? $("[data-act=return]", form) : $("[data-act=register], [data-act=assign]", form);
      if (button) button.click();
    });
    document.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      const part = $("[data-why]:not([hidden])", pane), at = document.activeElement;
      if (part && /^Digit[1-5]$/.test(event.code) && !(at && at.name === "own")) {
        const choice = all("[name=reason]", part)[Number(event.code.slice(5)) - 1];
        if (choice) { choice.checked = true; choice.focus(); event.preventDefault(); }
        return;
      }
      if (part && event.code === "Escape") { part.hidden = true; event.preventDefault(); return; }
      if (localStorage.getItem("truc-keys-off") === "1" || (at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "radio")) return;
      if (event.code === "KeyP") { const field = $("#assignee", pane); if (field) { event.preventDefault(); field.focus(); } }
      if (event.code === "KeyX") { const item = current(); if (item) { if ("picked" in item.dataset) delete item.dataset.picked; else item.dataset.picked = "1"; } }
      if (event.code === "KeyN") location.href = "/console/mailbox/new";
    });
    if (window.EventSource && !mail.dataset.tab) {
      let due = 0;
      const asked = async () => {
        due = 0;
        try {
          const now = await (await fetch("/console/mailbox/news")).json();
          if (now.newest > Number(mail.dataset.newest)) { $("[data-news]").hidden = false; if (auto.checked && signer.dataset.state !== "off") receive(); }
        } catch { /* the next change asks again */ }
      };
      new EventSource("/console/live").addEventListener("changed", () => { if (!due) due = setTimeout(asked, 2000); });
    }
  }
  look().then((ready) => { if (ready && auto.checked && mail && !mail.dataset.tab) receive(); });
  window.trucMail = { hub, sign, carry, later, act, say, bar, fill, held, told, Refused, read };
})();
