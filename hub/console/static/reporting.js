/* Reports, decisions and letters that urge: the hub makes the bytes, the agency's key signs them, the page carries them. */
"use strict";
(() => {
  const mail = window.trucMail;
  if (!mail) return;
  for (const form of document.querySelectorAll("[data-report]")) {
    const told = form.querySelector("[data-told]");
    const tell = (text) => { told.textContent = text; told.hidden = !text; };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const value = (name) => (form.elements[name] ? form.elements[name].value.trim() : "");
      const does = event.submitter && event.submitter.dataset.does;
      const wanted = { act: does || form.dataset.act, regime: form.dataset.regime, owner: form.dataset.owner, period: form.dataset.period,
        other: form.dataset.other, reason: value("reason"), number: value("number"), notation: value("notation") };
      const code = `${wanted.number}/${wanted.notation}`;
      tell("");
      try {
        const { tasks } = await mail.hub("reporting", JSON.stringify(wanted));
        /* What is signed is read here again: it bears this number, is this agency's own, and goes to whom the page names. */
        const found = mail.read(tasks[0].edxml);
        const to = wanted.other ? [wanted.other] : found.to, subject = form.dataset.subject || found.subject;
        mail.later(mail.fill(form.dataset.will, { code }),
          async (asks) => mail.carry(tasks, await mail.sign(tasks, { letter: { code, subject, to } }, asks), {}),
          () => {},
          (result) => { location.href = `/console/mailbox/out/${result.id.replace("urn:uuid:", "")}`; return mail.fill(form.dataset.done, { code: result.code }); },
          () => {});
      } catch (error) { tell(error.message); }
    });
  }
})();
