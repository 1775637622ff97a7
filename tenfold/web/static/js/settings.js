/** Changing a project's details. */

import { get, patch } from "./api.js";
import { toast, withButton } from "./page.js";

const PALETTE = ["#1f77b4", "#d1495b", "#2a9d5c", "#8e5bd0", "#c77700", "#00838f", "#b5179e", "#5d6d1e", "#6d4c41", "#3949ab", "#00897b", "#ad1457"];

const classForm = document.getElementById("class-form");
classForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = classForm.elements.new;
  const name = input.value.trim();
  if (!name) return;
  withButton(classForm.querySelector("button"), async () => {
    const project = await get(`/api/projects/${classForm.dataset.project}`);
    const color = PALETTE[project.classes.length % PALETTE.length];
    await patch(`/api/projects/${project.name}`, { classes: [...project.classes, { name, color }] });
    location.reload();
  }, classForm.querySelector(".problem"));
});

for (const form of document.querySelectorAll("[data-patch]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const change = {};
    for (const field of form.elements) {
      if (field.name) change[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
    withButton(form.querySelector("button"), async () => {
      await patch(`/api/projects/${form.dataset.patch}`, change);
      if ("instructions" in change) location.reload();
      else toast("Saved.");
    }, form.querySelector(".problem"));
  });
}

for (const button of document.querySelectorAll("[data-state]")) {
  button.addEventListener("click", () => {
    if (button.dataset.sure && !confirm(button.dataset.sure)) return;
    withButton(button, async () => {
      await patch(`/api/projects/${button.dataset.project}`, { state: button.dataset.state });
      location.reload();
    });
  });
}
