/** One image of the data view: shown with its shapes, and corrected. */

import { call, post } from "./api.js";
import { Corrector } from "./corrector.js";
import { closeDialogs } from "./dialogs.js";
import { withButton } from "./page.js";
import { Precedents } from "./precedents.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const { sha256 } = start.image;
const address = `/api/projects/${start.project}/images/${sha256}`;
const form = byId("correct");
const objects = Object.assign(document.createElement("div"), { className: "objects" });
byId("classes").after(objects);

const corrector = new Corrector({ start, stage: byId("stage"), classes: byId("classes"), objects });
corrector.sent = (value) => save({ value });

async function save(correction) {
  await post(`${address}/correct`, { comment: form.elements.comment.value, ...correction });
  location.reload();
}

function correction() {
  const skip = form.elements.skip.value;
  if (skip) return { skip };
  // Enter is the outline's then, not the button's once more.
  if (corrector.busy) document.activeElement?.blur();
  if (corrector.missing) throw new Error(corrector.busy ? corrector.missing : "Choose a class, or why there is none.");
  return { value: corrector.value() };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(form.querySelector(".primary"), () => save(correction()), byId("correct-problem"));
});

byId("send-back")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: sent } = event;
  withButton(sent.querySelector("button"), async () => {
    const comment = sent.elements.comment.value.trim();
    await post(`/api/projects/${start.project}/reviews/${sent.dataset.annotation}/send-back`, { comment });
    location.reload();
  }, byId("send-back-problem"));
});

byId("pin").addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: pin, submitter } = event;
  withButton(submitter, async () => {
    if (submitter.value === "none") await call("DELETE", `${address}/example`);
    else await call("PUT", `${address}/example`, { good: submitter.value === "good", note: pin.elements.note.value.trim() });
    location.reload();
  }, byId("pin-problem"));
});

const asking = byId("ask-why");
if (asking) {
  const precedents = new Precedents(start.project, new Map(start.classes.map(({ name, color }) => [name, color])));
  const why = () => precedents.open({ ...start.image, image: start.image });
  closeDialogs();
  asking.addEventListener("click", why);
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "w" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    why();
  });
}

await corrector.show(start.image);
if (corrector.shapes) {
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, button") || (event.key === "Enter" && !corrector.busy)) return;
    if (corrector.key(event)) event.preventDefault();
  });
}
