/** The five steps of a new project, with what is wrong said beside the field. */

import { ApiError, get, post } from "./api.js";
import { Computes } from "./computes.js";
import { showIn, toast } from "./page.js";
import { Upload } from "./upload.js";

const form = document.getElementById("new-project");
const steps = [...form.querySelectorAll("[data-step]")];
const tabs = [...document.querySelectorAll("[data-go]")];
const palette = form.dataset.palette.split(" ");
const list = document.getElementById("class-editor");
const computes = new Computes(form.querySelector("[data-computes]"));
const general = document.getElementById("wizard-problem");
const fields = form.elements;
let at = 0;

const KEYS = "1234567890";

function classRow(name = "", color = palette[list.children.length % palette.length]) {
  const row = document.createElement("li");
  row.innerHTML = `<span class="key"></span><input type="color" aria-label="Color"><input maxlength="200" autocomplete="off"><button type="button" class="plain small" aria-label="Remove this class">✕</button>`;
  const [pick, text] = row.querySelectorAll("input");
  pick.value = color;
  text.value = name;
  row.querySelector("button").addEventListener("click", () => {
    row.remove();
    renumber();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (row === list.lastElementChild && text.value.trim()) list.append(classRow());
    renumber();
    (row.nextElementSibling ?? row).querySelectorAll("input")[1].focus();
  });
  return row;
}

function renumber() {
  [...list.children].forEach((row, i) => {
    row.querySelector(".key").textContent = KEYS[i] ?? "";
    row.querySelectorAll("input")[1].setAttribute("aria-label", `Class ${i + 1}`);
  });
}

function classes() {
  return [...list.children]
    .map((row) => row.querySelectorAll("input"))
    .filter(([, text]) => text.value.trim())
    .map(([pick, text]) => ({ name: text.value.trim(), color: pick.value }));
}

function values() {
  const task = fields.task.value;
  const finish = fields.finish.value;
  const settings = {
    name: fields.name.value.trim(),
    task,
    source: fields.source.value.trim(),
    classes: classes(),
    instructions: fields.instructions.value,
    finish,
    overlap: whole(fields.overlap.value, 1),
    seed: whole(fields.seed.value, 0),
    keep_busy: fields.keep_busy.checked,
    second_look: fields.second_look.checked,
    approve_all: fields.approve_all.checked,
    form_approval: fields.form_approval.checked,
    ...computes.values,
  };
  if (fields.first_round.value.trim()) settings.first_round = whole(fields.first_round.value, null);
  if (finish === "certified") {
    settings.error = Number(fields.error.value.replace(",", ".")) / 100;
    settings.confidence = Number(fields.confidence.value.replace(",", ".")) / 100;
    settings.certificate = fields.way.value === "walk" ? "walk" : "look";
    settings.each_class = fields.way.value === "each";
  }
  return settings;
}

/* Images that are sent */

const REMEMBERED = "tenfold:upload";
let uploaded = null;

/** Where they go: after a reload of the page to the same place as before. */
async function begin() {
  const before = sessionStorage.getItem(REMEMBERED);
  uploaded ??= before && (await get(`/api/uploads/${before}`).catch(() => null));
  uploaded ??= await post("/api/uploads");
  sessionStorage.setItem(REMEMBERED, uploaded.id);
  return `/api/uploads/${uploaded.id}/files`;
}

const upload = new Upload(form.querySelector("[data-upload]"), {
  begin,
  ended() {
    if (!upload.kept) return;
    fields.source.value = uploaded.source;
    show({});
  },
});

const whole = (text, otherwise) => (text.trim() === "" ? otherwise : Number(text));

const between = (share) => Number.isFinite(share) && share > 0 && share < 1;

/** What can be said before the server is asked; the server has the last word. */
function problems(v) {
  const found = {};
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(v.name)) {
    found.name = v.name ? "Only lower case letters, digits and . _ - ; it begins with a letter or digit." : "The project needs a name.";
  }
  if (upload.busy && uploaded && v.source === uploaded.source) found.source = "The images are still being sent.";
  if (!v.source) found.source = upload.busy ? "The images are still being sent." : "Send images, or say where they are.";
  const names = v.classes.map((c) => c.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (!names.length) found.classes = "At least one class is needed.";
  else if (v.task === "classification" && names.length < 2) found.classes = "With one class an image, at least two classes are needed.";
  else if (twice) found.classes = `“${twice}” is there twice.`;
  if (v.finish === "certified" && !between(v.error)) found.error = "A percentage above 0 and below 100.";
  if (v.finish === "certified" && !between(v.confidence)) found.confidence = "A percentage above 0 and below 100.";
  if (!Number.isInteger(v.overlap) || v.overlap < 1 || v.overlap > 9) found.overlap = "A whole number from 1 to 9.";
  if (!Number.isInteger(v.seed)) found.seed = "A whole number.";
  if ("first_round" in v && (!Number.isInteger(v.first_round) || v.first_round < 1)) found.first_round = "A whole number, 1 or more.";
  return found;
}

const place = (name) => form.querySelector(`[data-field="${CSS.escape(name.split(".")[0])}"]`);
const stepOf = (field) => steps.indexOf(field.closest("[data-step]"));

function show(found) {
  for (const old of form.querySelectorAll(".field-problem")) old.remove();
  for (const bad of form.querySelectorAll(".bad")) bad.classList.remove("bad");
  for (const tab of tabs) tab.parentElement.classList.remove("bad");
  const rest = [];
  for (const [name, text] of Object.entries(found)) {
    const field = place(name || "classes");
    if (!field) {
      rest.push(`${name}: ${text}`);
      continue;
    }
    field.classList.add("bad");
    const note = document.createElement("span");
    note.className = "field-problem";
    note.id = `problem-${name.replaceAll(".", "-")}`;
    note.textContent = text;
    field.append(note);
    field.querySelector("input, textarea")?.setAttribute("aria-describedby", note.id);
    tabs[stepOf(field)].parentElement.classList.add("bad");
  }
  general.hidden = rest.length === 0;
  general.textContent = rest.join(" ");
}

const inStep = (found, index) => Object.keys(found).some((name) => place(name) && stepOf(place(name)) === index);

function go(index) {
  at = Math.max(0, Math.min(index, steps.length - 1));
  steps.forEach((step, i) => (step.hidden = i !== at));
  tabs.forEach((tab, i) => (i === at ? tab.setAttribute("aria-current", "step") : tab.removeAttribute("aria-current")));
  showIn(tabs[at].closest("ol"), tabs[at]);
  document.getElementById("back").hidden = at === 0;
  document.getElementById("next").hidden = at === steps.length - 1;
  document.getElementById("create").hidden = at !== steps.length - 1;
  const target = steps[at].querySelector(".bad input, .bad textarea") ?? steps[at].querySelector("input:not([type=radio], [type=color], [type=file]), textarea, input:checked");
  target?.focus();
}

function next() {
  const found = problems(values());
  if (inStep(found, at)) {
    const here = Object.fromEntries(Object.entries(found).filter(([name]) => stepOf(place(name)) === at));
    show(here);
    place(Object.keys(here)[0]).querySelector("input:not([type=color]), textarea")?.focus();
  } else {
    show({});
    go(at + 1);
  }
}

function showFirst(found) {
  show(found);
  const first = steps.findIndex((_, i) => inStep(found, i));
  if (first >= 0) go(first);
}

async function create() {
  const settings = values();
  const found = problems(settings);
  if (Object.keys(found).length) return showFirst(found);
  const button = document.getElementById("create");
  button.disabled = true;
  try {
    await post("/api/projects", settings);
    sessionStorage.removeItem(REMEMBERED);
    if (fields.run.checked) {
      await post(`/api/projects/${settings.name}/run`).catch((error) => sessionStorage.setItem("toast", `The project is made, but not running: ${error.message}`));
    }
    location.assign(`/projects/${settings.name}`);
  } catch (error) {
    if (error instanceof ApiError && Object.keys(error.fields).length) showFirst(error.fields);
    else if (error.status === 409) showFirst({ name: error.message });
    else if (error instanceof ApiError && /source|folder|directory/i.test(error.message)) showFirst({ source: error.message });
    else toast(error.message);
  } finally {
    button.disabled = false;
  }
  return undefined;
}

function fitFinish() {
  for (const part of form.querySelectorAll('[data-only="certified"]')) part.hidden = fields.finish.value !== "certified";
  computes.fit(fields.finish.value !== "manual");
  const single = fields.task.value === "classification";
  const each = form.querySelector('input[name="way"][value="each"]');
  each.disabled = !single;
  document.getElementById("way-hint").hidden = single;
  if (each.checked && !single) fields.way.value = "walk";
}

let chosen = false;
form.addEventListener("change", (event) => {
  if (event.target.name === "finish") chosen = true;
  if (event.target.name === "task" && !chosen) {
    fields.finish.value = ["boxes", "polygons"].includes(fields.task.value) ? "review" : "certified";
  }
  fitFinish();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (at < steps.length - 1) next();
  else create();
});
document.getElementById("next").addEventListener("click", next);
document.getElementById("back").addEventListener("click", () => go(at - 1));
for (const tab of tabs) tab.addEventListener("click", () => go(Number(tab.dataset.go)));
document.getElementById("add-class").addEventListener("click", () => {
  list.append(classRow());
  renumber();
  list.lastElementChild.querySelectorAll("input")[1].focus();
});
const dialog = document.getElementById("paste-dialog");
document.getElementById("paste-classes").addEventListener("click", () => dialog.showModal());
dialog.addEventListener("close", () => {
  if (dialog.returnValue !== "ok") return;
  const text = document.getElementById("paste-text").value;
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const kept = classes();
  list.replaceChildren();
  for (const each of kept) list.append(classRow(each.name, each.color));
  for (const name of names) if (!kept.some((each) => each.name === name)) list.append(classRow(name));
  renumber();
});

list.append(classRow());
list.append(classRow());
renumber();
fitFinish();
computes.load();
go(0);
