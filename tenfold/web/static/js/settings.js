/** Changing a project's details. */

import { patch, put } from "./api.js";
import "./class_editor.js";
import "./assigning.js";
import "./removal.js";
import "./setting_editor.js";
import "./setting_upload.js";
import { toast, withButton } from "./page.js";

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

const roles = document.getElementById("roles");
roles?.addEventListener("change", ({ target }) => {
  const { person } = target.closest("[data-person]").dataset;
  withButton(target, async () => {
    await put(`/api/projects/${roles.dataset.project}/people/${person}`, { role: target.value || null });
    toast("Saved.");
  });
});
