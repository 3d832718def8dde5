/* The register goes to the printer as it stands here. */
"use strict";
(() => { const button = document.querySelector("[data-print]"); if (button) button.addEventListener("click", () => window.print()); })();
