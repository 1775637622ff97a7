/** Invitation links: made, copied, revoked. */

import { post, remove } from "./api.js";
import { toast, withButton } from "./page.js";

const form = document.getElementById("invite");
const place = document.getElementById("invitation-link");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { role, days, many, project } = form.elements;
  withButton(form.querySelector("button"), async () => {
    const made = await post("/api/invitations", { role: role.value, days: Number(days.value), many: many.checked, project: project?.value || null });
    place.querySelector("input").value = `${location.origin}${made.path}`;
    place.hidden = false;
    place.querySelector("input").select();
  }, form.querySelector(".problem"));
});

place?.querySelector("button").addEventListener("click", async () => {
  const input = place.querySelector("input");
  input.select();
  await navigator.clipboard?.writeText(input.value).then(() => toast("Copied."), () => toast("Copy it with your keyboard: it is selected."));
});

for (const button of document.querySelectorAll("[data-uninvite]")) {
  button.addEventListener("click", () => withButton(button, async () => {
    await remove(`/api/invitations/${button.dataset.uninvite}`);
    button.closest("li").remove();
  }));
}
