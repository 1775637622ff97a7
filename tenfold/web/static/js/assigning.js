/** Shares of the open round that are meant for somebody. */

import { post, remove } from "./api.js";
import { toast, withButton } from "./page.js";

const form = document.getElementById("assign");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { person_id, count, only } = form.elements;
  withButton(form.querySelector("button"), async () => {
    const wanted = { person_id: Number(person_id.value), count: Number(count.value), assigning: only.checked ? "only" : "first" };
    const made = await post(`/api/projects/${form.dataset.project}/assignments`, wanted);
    if (made.images) location.reload();
    else toast("No image that waits may be meant for them: others hold the rest, or they have seen what the model proposes.");
  }, form.querySelector(".problem"));
});

for (const button of document.querySelectorAll("[data-release]")) {
  button.addEventListener("click", () => withButton(button, async () => {
    await remove(`/api/projects/${button.dataset.project}/assignments/${button.dataset.release}`);
    location.reload();
  }));
}
