/** What every page does: keeps itself fresh, approves, runs. */

import { ApiError, post } from "./api.js";
import { inHand } from "./hands.js";
import { refresh } from "./parts.js";
import { tellTimes } from "./times.js";

let hiding;

/** Say something for a few seconds; `fingers` is for hands that have no keys. */
export function toast(text, fingers = text) {
  const place = document.getElementById("toast");
  place.textContent = inHand(text, fingers);
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (place.hidden = true), 6000);
}

/** Bring an item into view in a strip that scrolls sideways, without moving the page. */
export function showIn(strip, item) {
  if (!strip || !item) return;
  const [around, it] = [strip.getBoundingClientRect(), item.getBoundingClientRect()];
  if (it.left < around.left || it.right > around.right) strip.scrollLeft += it.left - around.left - (around.width - it.width) / 2;
}

/** Run an action with its button disabled, and show what went wrong beside it or in the toast. */
export async function withButton(button, action, problem = null) {
  if (button) button.disabled = true;
  if (problem) problem.hidden = true;
  try {
    return await action();
  } catch (error) {
    if (problem) {
      problem.textContent = error.message;
      problem.hidden = false;
    } else toast(error.message);
    if (!(error instanceof ApiError) && error.name !== "Error") console.error(error);
  } finally {
    if (button) button.disabled = false;
  }
  return undefined;
}

function keepFresh(seconds) {
  let running = false;
  setInterval(async () => {
    if (document.hidden || running) return;
    running = true;
    await refresh().catch(() => {});
    running = false;
  }, seconds * 1000);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-approve]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  withButton(button, async () => {
    const { note } = form.elements;
    await post(`/api/rounds/${form.dataset.approve}/approve`, { note: note?.value ?? "", rest: form.dataset.rest ?? "refuse" });
    if (note) note.value = "";
    document.activeElement?.blur();
    toast("Approved. The machine goes on.");
    await refresh();
  });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-run]");
  if (!button || (button.dataset.sure && !confirm(button.dataset.sure))) return;
  withButton(button, async () => {
    const { run, how = "run", said = "The machine is on it. The first step shows in a few seconds." } = button.dataset;
    await post(`/api/projects/${run}/${how}`);
    toast(said);
    document.activeElement?.blur();
    await refresh();
  });
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

const projectTabs = document.querySelector(".tabs");
showIn(projectTabs, projectTabs?.querySelector("[aria-current]"));

tellTimes();
setInterval(tellTimes, 10_000);

const fresh = document.querySelector("[data-refresh]");
if (fresh) keepFresh(Number(fresh.dataset.refresh));
