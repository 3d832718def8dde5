/* Composing: recipients from the directory, files read before they are sent, one button that says what lacks. */
"use strict";
(() => {
  const mail = window.trucMail, form = document.querySelector("[data-letter]");
  if (!mail || !form) return;
  const $ = (what, where = form) => where.querySelector(what);
  const told = $("[data-told]"), list = $("[data-to]"), find = $("[data-find]"), found = $("[data-found]");
  const files = [];
  let asked = 0, confirmed = "", answers = form.dataset.answers;
  const tell = (text) => { told.textContent = text; told.hidden = !text; };
  const codes = () => [...list.querySelectorAll("[data-code]")].map((one) => one.dataset.code);

  const add = (code, name) => {
    if (!codes().includes(code)) {
      const row = document.createElement("li"), chip = document.createElement("button");
      row.dataset.code = code; chip.type = "button"; chip.className = "chip"; chip.textContent = `${name} ×`;
      chip.setAttribute("aria-label", mail.fill(form.dataset.remove, { name }));
      row.append(chip); list.append(row);
    }
    find.value = ""; found.hidden = true; find.focus();
  };
  /* A group is its members, named here before anything is signed. */
  const group = async (name) => {
    const response = await fetch(`/console/mailbox/members?${new URLSearchParams({ name })}`), told_ = await response.json().catch(() => ({}));
    if (!response.ok) { tell(told_[document.documentElement.lang] || String(response.status)); return; }
    for (const one of told_.items) add(one.code, one.name);
    tell(told_.left);
  };
  list.addEventListener("click", (event) => { const row = event.target.closest("li"); if (row) { row.remove(); find.focus(); } });
  find.addEventListener("input", async () => {
    const mine = ++asked, text = find.value.trim();
    if (!text) { found.hidden = true; return; }
    const response = await fetch(`/console/mailbox/agencies?${new URLSearchParams({ text })}`);
    if (mine !== asked || !response.ok) return;
    const { items } = await response.json();
    found.replaceChildren(...items.map((one) => {
      const row = document.createElement("button");
      row.type = "button";
      if (one.group) {
        row.textContent = one.name;
        row.addEventListener("click", () => group(one.group));
        return row;
      }
      row.textContent = `${one.name} · ${one.code}${one.ended ? ` · ${form.dataset.ended} ${one.ended}` : ""}`;
      row.addEventListener("click", () => add(one.code, one.name));
      return row;
    }));
    found.hidden = !items.length;
  });
  find.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.ctrlKey) { event.preventDefault(); const first = $("button", found); if (first && !found.hidden) first.click(); }
    if (event.key === "ArrowDown" && !found.hidden) { event.preventDefault(); $("button", found).focus(); }
    if (event.key === "Backspace" && !find.value && list.lastElementChild) list.lastElementChild.remove();
  });
  found.addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (step) { event.preventDefault(); (document.activeElement[step] || find).focus(); }
    if (event.key === "Escape") { event.stopPropagation(); found.hidden = true; find.focus(); }
  });

  const subject = form.elements.subject, count = $("[data-count]");
  const counted = () => { count.textContent = `${[...subject.value].length}/${subject.maxLength}`; };
  subject.addEventListener("input", counted); counted();

  const base64 = (bytes) => { let text = ""; for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000)); return btoa(text); };
  const take = async (given) => {
    for (const file of given) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
      const pdf = head.includes("%PDF-"), row = document.createElement("li"), off = document.createElement("button");
      const inside = pdf && new TextDecoder("latin1").decode(bytes).includes("/ByteRange");
      const known = { name: file.name, data: base64(bytes) };
      files.push(known);
      const notes = pdf ? ` ✓ ${form.dataset.readable} · ${inside ? `✓ ${form.dataset.signed}` : form.dataset.unsigned}` : "";
      row.append(`${file.name} · ${Math.ceil(bytes.length / 1000)} kB${notes} `);
      off.type = "button"; off.className = "btn t"; off.textContent = "×"; off.setAttribute("aria-label", mail.fill(form.dataset.remove, { name: file.name }));
      off.addEventListener("click", () => { files.splice(files.indexOf(known), 1); row.remove(); });
      row.append(off); $("[data-files]").append(row);
    }
  };
  $("#f-files").addEventListener("change", (event) => take(event.target.files));
  const drop = $("[data-drop]");
  for (const name of ["dragover", "dragleave", "drop"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files);
  });

  /* Drafts: what the page says is saved is kept by the hub. */
  const value = (name) => (form.elements[name] ? form.elements[name].value.trim() : "");
  const letterOf = () => ({ number: value("number"), notation: value("notation"), day: value("day"), place: value("place"), to: codes(), kind: value("kind"), subject: value("subject"),
    priority: Number(form.elements.priority.value), due: value("due"), position: value("position"), signer: value("signer"),
    answers, of: form.dataset.of, change: form.dataset.change, reason: value("reason"), files });
  const saved = $("[data-saved]"), draft = { id: Number(form.dataset.draft || 0), at: "" };
  let saving = Promise.resolve();
  const save = async () => {
    try {
      const kept = await mail.hub("draft", JSON.stringify({ letter: letterOf(), id: draft.id, saved_at: draft.at }));
      draft.id = kept.id; draft.at = kept.saved_at; saved.textContent = kept.told; tell("");
      history.replaceState(null, "", `/console/mailbox/new?draft=${kept.id}`);
    } catch (error) { saved.textContent = ""; tell(error.message); }
  };
  const keep = () => { saving = saving.then(save); return saving; };
  $("[data-save]").addEventListener("click", keep);
  form.addEventListener("input", () => { saved.textContent = ""; });
  const shownFile = (known) => {
    const row = document.createElement("li"), off = document.createElement("button");
    row.append(`${known.name} · ${Math.ceil(known.data.length * 0.75 / 1000)} kB `);
    off.type = "button"; off.className = "btn t"; off.textContent = "×"; off.setAttribute("aria-label", mail.fill(form.dataset.remove, { name: known.name }));
    off.addEventListener("click", () => { files.splice(files.indexOf(known), 1); row.remove(); });
    row.append(off); $("[data-files]").append(row);
  };
  const restore = async () => {
    const response = await fetch(`/console/mailbox/draft?${new URLSearchParams({ id: draft.id })}`);
    if (!response.ok) return;
    const { letter, saved_at, names } = await response.json();
    draft.at = saved_at;
    for (const name of ["number", "notation", "day", "place", "kind", "subject", "priority", "due", "position", "signer", "reason"])
      if (form.elements[name] && letter[name] !== undefined) form.elements[name].value = letter[name];
    list.replaceChildren();
    for (const code of letter.to || []) add(code, names[code] || code);
    for (const file of letter.files || []) { files.push(file); shownFile(file); }
    counted();
  };
  if (draft.id) restore();

  const lacks = () => {
    const empty = ["number", "notation", "day", "subject", "reason"].map((name) => form.elements[name]).find((one) => one && !one.value.trim());
    if (empty) return empty;
    return codes().length ? null : find;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = lacks();
    if (missing) { tell(mail.fill(form.dataset.lacks, { what: document.querySelector(`label[for="${missing.id}"]`).textContent })); missing.focus(); return; }
    const code = `${value("number")}/${value("notation")}`, to = codes();
    try {
      if (confirmed !== code && form.dataset.change !== "update") {
        const used = await (await fetch(`/console/mailbox/used?${new URLSearchParams({ code, year: value("day").slice(0, 4) })}`)).json();
        if (used.used) { tell(form.dataset.used); form.elements.number.focus(); confirmed = code; return; }
      }
      tell("");
      const letter = letterOf();
      const { tasks } = await mail.hub("letter", JSON.stringify(letter));
      const meant = { letter: { code, subject: letter.subject, to } };
      mail.later(mail.fill(form.dataset.will, { code, n: to.length }),
        async (asks) => mail.carry(tasks, await mail.sign(tasks, meant, asks), answers ? { answers } : {}),
        () => {},
        async (result) => { if (draft.id) await mail.hub(`draft/sent?id=${draft.id}`, "{}").catch(() => {}); location.href = `/console/mailbox/out/${result.id.replace("urn:uuid:", "")}`; return mail.fill(form.dataset.sent, { code: result.code }); },
        () => {});
    } catch (error) { tell(error.message); }
  });
  document.addEventListener("keydown", (event) => { if (event.ctrlKey && event.key === "Enter") form.requestSubmit(); if (event.ctrlKey && event.code === "KeyS") { event.preventDefault(); keep(); } });
})();
