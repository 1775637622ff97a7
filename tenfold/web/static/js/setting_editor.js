/** The settings of a project that may change: what follows from it is said before. */

import { patch, post } from "./api.js";
import { Computes } from "./computes.js";
import { toast, withButton } from "./page.js";

const form = document.getElementById("settings-form");
const dialog = document.getElementById("settings-effect");
const computes = form && new Computes(form.querySelector("[data-computes]"));
const address = form && `/api/projects/${form.dataset.project}`;

const share = (text) => Math.round(Number(text.replace(",", ".")) * 1e6) / 1e8;
const whole = (text) => (text.trim() === "" ? null : Number(text));

function values() {
  const { source, finish, way, error, confidence, first_round: first, overlap } = form.elements;
  const said = { source: source.value.trim(), finish: finish.value, first_round: whole(first.value), overlap: whole(overlap.value), ...computes.values };
  if (finish.value !== "certified") return said;
  return { ...said, error: share(error.value), confidence: share(confidence.value), certificate: way.value === "walk" ? "walk" : "look", each_class: way.value === "each" };
}

/** What can be said before the server is asked; the server has the last word. */
function wrong({ source, error, confidence, first_round: first, overlap }) {
  const off = (part) => part !== undefined && !(part > 0 && part < 1);
  if (!source) return "Say where the images are.";
  if (off(error) || off(confidence)) return "Both percentages must lie above 0 and below 100.";
  if (first !== null && !(Number.isInteger(first) && first > 0)) return "The first round needs a whole number of images, or none to have it chosen.";
  if (!Number.isInteger(overlap) || overlap < 1 || overlap > 9) return "From 1 to 9 people can answer each image.";
  return "";
}

const before = form && values();

/** Only what is another than it was. */
function changes() {
  const now = values();
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== before[name]));
}

function fit() {
  form.querySelector('[data-only="certified"]').hidden = form.elements.finish.value !== "certified";
  computes.fit(form.elements.finish.value !== "manual");
}

async function change(wanted) {
  await patch(address, wanted);
  location.reload();
}

function show({ follows, refused }, wanted) {
  const item = (textContent, className) => Object.assign(document.createElement("li"), { textContent, className });
  dialog.querySelector("h2").textContent = refused.length ? "Not now" : "Change the settings?";
  dialog.querySelector(".effects").replaceChildren(...refused.map((text) => item(text, "ends")), ...follows.map((text) => item(text, "")));
  const sure = dialog.querySelector("[data-sure]");
  sure.hidden = refused.length > 0;
  sure.onclick = () => withButton(sure, () => change(wanted), dialog.querySelector(".problem"));
  dialog.showModal();
}

async function ask() {
  const problem = wrong(values());
  if (problem) throw new Error(problem);
  const wanted = changes();
  if (!Object.keys(wanted).length) return toast("Nothing is other than it was.");
  return show(await post(`${address}/settings/effect`, wanted), wanted);
}

dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
form?.addEventListener("change", fit);
form?.closest("details").addEventListener("toggle", () => computes.load(), { once: true });
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  withButton(form.querySelector(".primary"), ask, form.querySelector(".problem"));
});
if (form) fit();
