/** People, their roles, and one's own tokens. */

import { patch, post, remove } from "./api.js";
import { toast, withButton } from "./page.js";

document.getElementById("people")?.addEventListener("change", (event) => {
  const row = event.target.closest("[data-person]");
  withButton(event.target, async () => {
    await patch(`/api/people/${row.dataset.person}`, { role: event.target.value });
    toast("Saved.");
  });
});

document.getElementById("people")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-active]");
  if (!button) return;
  withButton(button, async () => {
    const id = button.closest("[data-person]").dataset.person;
    await patch(`/api/people/${id}`, { active: button.dataset.active === "true" });
    location.reload();
  });
});

const adding = document.getElementById("add-person");
adding?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, role, password } = adding.elements;
  withButton(adding.querySelector("button"), async () => {
    await post("/api/people", { name: name.value.trim(), role: role.value, password: password.value || null });
    location.reload();
  }, adding.querySelector(".problem"));
});

const token = document.getElementById("add-token");
token?.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(token.querySelector("button"), async () => {
    const made = await post("/api/tokens", { title: token.elements.title.value.trim() });
    const place = document.getElementById("secret");
    place.querySelector("code").textContent = made.secret;
    place.hidden = false;
    token.reset();
  });
});

for (const button of document.querySelectorAll("[data-revoke]")) {
  button.addEventListener("click", () => withButton(button, async () => {
    const row = button.closest("[data-token]");
    await remove(`/api/tokens/${row.dataset.token}`);
    row.remove();
  }));
}
