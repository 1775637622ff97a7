/** The classes of a project: renamed, recolored, merged, added; what it comes to is said before. */

import { post } from "./api.js";
import { withButton } from "./page.js";

const form = document.getElementById("class-form");
const rows = document.getElementById("class-editor");
const dialog = document.getElementById("class-effect");
const palette = form?.dataset.palette.split(" ");
const address = form && `/api/projects/${form.dataset.project}/classes`;

function make(tag, more, ...children) {
  const element = Object.assign(document.createElement(tag), more);
  element.append(...children);
  return element;
}

function number() {
  [...rows.children].forEach((row, index) => (row.querySelector(".key").textContent = index < 10 ? `${(index + 1) % 10}` : ""));
}

function add() {
  const input = form.elements.new;
  const name = input.value.trim();
  if (!name) return input.focus();
  const color = make("input", { type: "color", value: palette[rows.children.length % palette.length], ariaLabel: `Color of ${name}` });
  const text = make("input", { className: "grow", value: name, maxLength: 200, required: true, autocomplete: "off", ariaLabel: `Name of ${name}` });
  const drop = make("button", { type: "button", className: "small", textContent: "✕", ariaLabel: `Take ${name} away` });
  drop.dataset.drop = "";
  rows.append(make("li", {}, make("span", { className: "key" }), color, text, drop));
  input.value = "";
  number();
  return input.focus();
}

/** The list that is to be; rows of one name are one class. */
function drafts() {
  const found = new Map();
  for (const row of rows.children) {
    const [color, text] = row.querySelectorAll("input");
    const name = text.value.trim();
    const draft = found.get(name) ?? { name, color: color.value, was: [] };
    if (row.dataset.was === name) draft.color = color.value; // it takes the others in
    if (row.dataset.was) draft.was.push(row.dataset.was);
    found.set(name, draft);
  }
  return [...found.values()];
}

const listed = (names) => names.map((name) => `“${name}”`).join(", ");

function sentences(effect) {
  const merged = Object.entries(effect.merged);
  const together = new Set(merged.flatMap(([, olds]) => olds));
  const renamed = Object.entries(effect.renamed).filter(([old]) => !together.has(old));
  return [
    effect.added.length && `New: ${listed(effect.added)}.`,
    ...renamed.map(([old, name]) => `“${old}” is called “${name}”; its labels with it.`),
    ...merged.map(([name, olds]) => `${listed(olds)} become “${name}”; their labels can’t be told apart afterwards.`),
    effect.removed.length && `Taken away: ${listed(effect.removed)}. No label uses it.`,
    effect.recolored.length && `Another color: ${listed(effect.recolored)}.`,
  ].filter(Boolean);
}

function show(effect, wanted) {
  const item = (text, className) => make("li", { textContent: text, className });
  dialog.querySelector(".effects").replaceChildren(...sentences(effect).map((text) => item(text, "")), ...effect.ends.map((text) => item(text, "ends")));
  const choices = dialog.querySelector(".choices");
  const offered = Object.entries(effect.choices);
  choices.hidden = !offered.length;
  choices.replaceChildren(choices.querySelector("legend"), ...offered.map(([value, text]) => {
    const radio = make("input", { type: "radio", name: "afterwards", value, checked: !effect.ends.length && value === "go on" });
    const word = make("strong", { textContent: value[0].toUpperCase() + value.slice(1) });
    return make("label", { className: "check" }, radio, make("span", {}, word, `: ${text}`));
  }));
  dialog.querySelector("[data-sure]").onclick = (event) => withButton(event.target, () => change(wanted, offered.length), dialog.querySelector(".problem"));
  dialog.showModal();
}

async function change(wanted, choosing) {
  const afterwards = dialog.querySelector("[name=afterwards]:checked")?.value ?? null;
  if (choosing && !afterwards) throw new Error("Choose what becomes of the labels.");
  await post(address, { ...wanted, afterwards });
  location.reload();
}

form?.querySelector("[data-add]").addEventListener("click", add);
form?.elements.new.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  add();
});
rows?.addEventListener("click", (event) => {
  event.target.closest("[data-drop]")?.closest("li").remove();
  number();
});
dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(form.querySelector(".primary"), async () => {
    if (form.elements.new.value.trim()) add();
    const wanted = { classes: drafts(), version: Number(form.dataset.version) };
    show(await post(`${address}/effect`, wanted), wanted);
  }, form.querySelector(":scope > .problem"));
});
