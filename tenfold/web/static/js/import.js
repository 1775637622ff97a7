/** The import page: a labels file is sent once, looked into, and then brought in. */

import { get, post, postFile } from "./api.js";
import { element } from "./elements.js";

const form = document.getElementById("import");
const fields = form.elements;
const problem = document.getElementById("import-problem");
const note = document.getElementById("import-note");
const found = document.getElementById("found");
const BETWEEN_LOOKS = 700;

const number = new Intl.NumberFormat("en");
const TASKS = { classification: "one class an image", multilabel: "several classes an image", boxes: "boxes", polygons: "outlines" };
const LISTS = {
  missing: "Missing: no image of this path or name, or several",
  not_understood: "Not understood",
  not_taken: "Not taken",
};

function wanted() {
  const { project, path, images, kind } = Object.fromEntries(new FormData(form));
  return { project: project.trim(), path: path.trim(), images: images.trim(), kind: kind || null };
}

/** What can be said before the server is asked. */
function wrong(asked) {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(asked.project)) {
    return ["project", asked.project ? "Only lower case letters, digits and . _ - ; it begins with a letter or digit." : "Say which project."];
  }
  if (!fields.file.files.length && !asked.path) return ["file", "Choose a file, or say where the labels are on the server."];
  return null;
}

function complain(sentence, field = null) {
  for (const bad of form.querySelectorAll(".bad")) bad.classList.remove("bad");
  for (const input of form.querySelectorAll("[aria-describedby]")) input.removeAttribute("aria-describedby");
  problem.hidden = !sentence;
  problem.textContent = sentence;
  if (!field) return;
  const place = form.querySelector(`[data-field="${field}"]`);
  place.classList.add("bad");
  place.querySelector("input").setAttribute("aria-describedby", problem.id);
  place.querySelector("input").focus();
}

let sent = null;

/** The id of the chosen file on the server; it is sent once. */
async function sentFile() {
  const [file] = fields.file.files;
  if (!file) return null;
  if (sent?.file !== file) {
    note.textContent = "The file is being sent …";
    const { id } = await postFile(`/api/imports/files?name=${encodeURIComponent(file.name)}`, file);
    sent = { file, id };
  }
  return sent.id;
}

/** Have the server do it; what came of it, once it is over. */
async function done(asked, doing) {
  const { id } = await post("/api/imports", asked);
  const began = Date.now();
  for (;;) {
    const now = await get(`/api/imports/${id}`);
    if (now.state === "done") return now.report;
    if (now.state === "failed") throw new Error(now.error);
    note.textContent = `${doing} … ${Math.round((Date.now() - began) / 1000)} s`;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
  }
}

async function busy(action) {
  const buttons = [...document.querySelectorAll("#look, #found-buttons button")];
  for (const button of buttons) button.disabled = true;
  complain("");
  try {
    await action();
  } catch (error) {
    complain(error.message);
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    note.textContent = "";
    for (const button of buttons) button.disabled = false;
  }
}

function count(name, value) {
  const head = element("th", "", name);
  head.scope = "row";
  return element("tr", "", head, element("td", "num", typeof value === "number" ? number.format(value) : value));
}

function classes(labels) {
  const names = Object.entries(labels);
  if (!names.length) return [];
  const heads = [["Class", ""], ["Labels", "num"]].map(([text, kind]) => Object.assign(element("th", kind, text), { scope: "col" }));
  const body = element("tbody", "", ...names.map(([name, value]) => count(name, value)));
  const table = element("table", "rows", element("thead", "", element("tr", "", ...heads)), body);
  const scroll = element("div", "scroll-y", table);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Label classes");
  return [scroll];
}

function lists(report) {
  return Object.entries(LISTS)
    .filter(([name]) => report[name].count)
    .map(([name, title]) => {
      const { count: all, first } = report[name];
      const items = element("ul", "mono small import-list", ...first.map((text) => element("li", "", text)));
      if (all > first.length) items.append(element("li", "", `and ${number.format(all - first.length)} more: tenfold import --report FILE writes all of them`));
      const more = element("details", "more", element("summary", "", `${title} (${number.format(all)})`), items);
      more.open = all <= 10;
      return more;
    });
}

function show(report, { dry }) {
  const kind = report.prelabels ? "proposals" : "labels";
  const title = document.getElementById("found-title");
  const where = report.new_project ? `${report.project}, a new project` : report.project;
  title.textContent = dry ? `Would come into ${where}` : `Came into ${where}`;
  const rows = [
    count("Format", report.format),
    count("Task", TASKS[report.task]),
    count("Images in the file", report.images),
    count("Found", report.found),
    count("Missing", report.missing.count),
    count(`With ${kind}`, report.labeled),
    count("Not understood", report.not_understood.count),
  ];
  if (!dry) rows.push(count(`${kind[0].toUpperCase()}${kind.slice(1)} taken`, report.taken), count("Not taken", report.not_taken.count));
  document.getElementById("found-counts").replaceChildren(...rows);
  document.getElementById("found-classes").replaceChildren(...classes(report.labels));
  document.getElementById("found-lists").replaceChildren(...lists(report));
  found.hidden = false;
  title.focus();
}

function buttons(...made) {
  document.getElementById("found-buttons").replaceChildren(...made);
}

const isNothing = (report) => report.format !== "labeling-job" && !report.found;

function offer(asked, report) {
  if (isNothing(report)) {
    buttons(element("p", "problem", "None of the images was found. Say where they are, and look again."));
    return;
  }
  const button = element("button", "primary", `Import into ${report.project}`);
  button.type = "button";
  button.addEventListener("click", () =>
    busy(async () => {
      const came = await done({ ...asked, dry: false }, "Importing, images are taken in");
      show(came, { dry: false });
      const open = element("a", "button primary", `Open ${came.project}`);
      open.href = `/projects/${came.project}`;
      buttons(open);
    }),
  );
  buttons(button);
}

form.addEventListener("input", () => {
  found.hidden = true;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = wanted();
  const problemOf = wrong(asked);
  if (problemOf) {
    complain(problemOf[1], problemOf[0]);
    return;
  }
  found.hidden = true;
  busy(async () => {
    asked.file = await sentFile();
    const report = await done({ ...asked, dry: true }, "Reading it");
    show(report, { dry: true });
    offer(asked, report);
  });
});
