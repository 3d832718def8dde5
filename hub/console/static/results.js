/* The page that verifies a result: digests a file, and asks for the digest alone; reads what a paper's QR brought behind
   `#`, which the browser sends nowhere. Everything else is the server's answer to a plain form. */

const MOST = 200 * 1024 * 1024;
const form = document.getElementById("results");
const trouble = form.querySelector("[data-trouble]");

const tell = (text) => { trouble.hidden = false; trouble.querySelector("span").textContent = text; };

const ask = async (file) => {
  if (!crypto.subtle) { tell(form.dataset.insecure); return; }
  if (file.size > MOST) { tell(form.dataset.large); return; }
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  form.elements.sha256.value = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
  form.requestSubmit();
};

const drop = form.querySelector("[data-drop]");
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer.files[0]) ask(event.dataTransfer.files[0]);
});
document.getElementById("f-file").addEventListener("change", (event) => {
  if (event.target.files[0]) ask(event.target.files[0]);
});

/* A number that is typed asks about that number: the digest and the tag of before are another's. */
form.elements.code.addEventListener("input", () => { form.elements.sha256.value = ""; form.elements.owner.value = ""; });
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });

const paper = new URLSearchParams(location.hash.slice(1));
if (paper.get("c")) {
  form.elements.code.value = paper.get("c").slice(0, 80);
  form.elements.owner.value = /^[0-9a-f]{16}$/.test(paper.get("o") ?? "") ? paper.get("o") : "";
  form.elements.sha256.value = "";
  sessionStorage.setItem("truc-paper", JSON.stringify([paper.get("c"), paper.get("n") ?? ""]));
  history.replaceState(null, "", location.pathname);
  form.requestSubmit();
} else {
  const [code, name] = JSON.parse(sessionStorage.getItem("truc-paper") ?? '["", ""]');
  const asked = new URLSearchParams(location.search);
  if (code && code === asked.get("code") && name) {
    const told = form.querySelector("[data-paper]");
    told.hidden = false;
    told.querySelector("b").textContent = name;
  }
}
