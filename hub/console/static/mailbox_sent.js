/* Taking a document back. */
"use strict";
(() => {
  const form = document.querySelector("[data-take-back]"), mail = window.trucMail;
  if (!form || !mail) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    const data = mail.held.dataset;
    try {
      const { tasks } = await mail.act({ act: "take-back", message: form.dataset.id, reason });
      mail.later(mail.fill(data.willOther, { code: form.dataset.code }),
        async (asks) => mail.carry(tasks, await mail.sign(tasks, { statuses: ["13"], code: form.dataset.code }, asks), {}),
        () => {}, () => { location.reload(); return data.didOther; }, () => {});
    } catch (error) { mail.say(mail.bar(""), mail.fill(data.failed, { why: error.message }), true); }
  });
})();
