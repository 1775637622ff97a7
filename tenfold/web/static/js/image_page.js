/** One image of the data view: shown with its shapes, and corrected. */

import { call, post } from "./api.js";
import { ClassPanel } from "./classes.js";
import { withButton } from "./page.js";
import { Stage } from "./stage.js";

const start = JSON.parse(document.getElementById("start").textContent);
const { sha256, width, height, value } = start.image;
const stage = new Stage(document.getElementById("stage"));
const form = document.getElementById("correct");
const urls = Object.fromEntries(["thumb", "screen", "original"].map((size) => [size, `/api/projects/${start.project}/images/${sha256}/${size}`]));
const item = { sha256, width, height, path: "", urls, prelabel: value, said: Boolean(value), confidence: null };

const chosen = new Set(value?.kind === "class" ? [value.label] : value?.kind === "set" ? value.labels : []);

function load(src) {
  const image = new Image();
  image.src = src;
  return { image, ready: image.decode() };
}

const panel = new ClassPanel(document.getElementById("classes"), start.classes, (name) => {
  if (view) return view.pick(name);
  if (start.task !== "multilabel") chosen.clear();
  if (!chosen.delete(name)) chosen.add(name);
  return panel.show([...chosen]);
});

let view = null;
const objects = document.createElement("div");
objects.className = "objects";
document.getElementById("classes").after(objects);

const desk = {
  start, stage, panel, objects, describe() {}, say() {},
  queue: { picture: (each) => load(each.urls.screen) },
  send([answer]) {
    return save({ value: answer.value });
  },
};

async function save(correction) {
  await post(`/api/projects/${start.project}/images/${sha256}/correct`, { comment: form.elements.comment.value, ...correction });
  location.reload();
}

function correction() {
  const skip = form.elements.skip.value;
  if (skip) return { skip };
  if (start.task === "multilabel") return { value: { kind: "set", labels: [...chosen].sort() } };
  const [label] = chosen;
  if (!label) throw new Error("Choose a class, or why there is none.");
  return { value: { kind: "class", label } };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(form.querySelector(".primary"), async () => {
    if (!view || form.elements.skip.value) return save(correction());
    return save({ value: view.value() });
  }, document.getElementById("correct-problem"));
});

document.getElementById("pin").addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: pin, submitter } = event;
  const address = `/api/projects/${start.project}/images/${sha256}/example`;
  withButton(submitter, async () => {
    if (submitter.value === "none") await call("DELETE", address);
    else await call("PUT", address, { good: submitter.value === "good", note: pin.elements.note.value.trim() });
    location.reload();
  }, document.getElementById("pin-problem"));
});

if (start.editor === "shapes") {
  const { ShapesView } = await import("./shapes.js");
  view = new ShapesView(desk);
  await view.show([item]);
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, button") || event.key === "Enter") return;
    if (view.key(event)) event.preventDefault();
  });
} else {
  const { image, ready } = load(urls.screen);
  await ready;
  image.alt = "the image";
  stage.show(image, item);
  panel.show([...chosen]);
}
