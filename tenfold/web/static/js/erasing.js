/** Erasing an image for good. */

import { post } from "./api.js";
import { withButton } from "./page.js";

const form = document.getElementById("erase");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!form.elements.sure.checked) return;
  withButton(form.querySelector("button"), async () => {
    await post(form.dataset.erase, { reason: form.elements.reason.value.trim() });
    location.reload();
  }, form.querySelector(".problem"));
});
