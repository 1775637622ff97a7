/** Calling a project otherwise, and removing it for good. */

import { post } from "./api.js";
import { withButton } from "./page.js";

const renaming = document.getElementById("rename");
renaming?.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(renaming.querySelector("button"), async () => {
    const project = await post(`/api/projects/${renaming.dataset.project}/rename`, { to: renaming.elements.to.value.trim() });
    location.assign(`/projects/${project.name}/settings`);
  }, renaming.querySelector(".problem"));
});

const removing = document.getElementById("remove-project");
const button = removing?.querySelector("button");
removing?.addEventListener("input", () => (button.disabled = removing.elements.name.value !== removing.dataset.project));
removing?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { project } = removing.dataset;
  if (removing.elements.name.value !== project) return;
  withButton(button, async () => {
    await post(`/api/projects/${project}/remove`, { name: project });
    location.assign("/projects");
  }, removing.querySelector(".problem"));
});
