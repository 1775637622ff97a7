/** The label page: hands images to a view, sends its answers, goes on, goes back. */

import { get } from "./api.js";
import { ClassPanel } from "./classes.js";
import { GridView } from "./grid.js";
import { OneView } from "./one.js";
import { Outbox } from "./outbox.js";
import { toast } from "./page.js";
import { Past } from "./past.js";
import { Queue } from "./queue.js";
import { Stage } from "./stage.js";
import { drawStrip } from "./strip.js";
import { UnseenView } from "./unseen.js";
import { newKey, sameAs, words } from "./values.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const KINDS = { manual: "tagging", review: "checking", audit: "blind audit" };
const LONGEST_SECONDS = 900;
const RETRY_SECONDS = 3;

const outbox = new Outbox(start, showSaved);
const queue = new Queue(start, outbox);
const stage = new Stage(byId("stage"));
const panel = new ClassPanel(byId("classes"), start.classes, (name) => desk.view?.pick(name));
const one = [];
const past = new Past({
  project: start.project, outbox, queue,
  send: (answers) => send(answers.map(({ item, value, skip, actions }) => ({ item, value, skip, actions })), performance.now(), [], true),
});
let asking = false;
let waiting = null;
let pace = null;

const desk = {
  start, queue, stage, panel, objects: byId("objects"), view: null,
  say: toast,
  /** Nothing needs a class now: small screens give the room to the images. */
  settled: (yes) => byId("panel").classList.toggle("settled", yes),
  describe(view) {
    if (view !== this.view) return;
    const [ask, more] = view.ask;
    const note = document.createElement("span");
    note.className = "muted";
    note.textContent = more;
    byId("ask").replaceChildren(ask, note);
    const act = byId("panel-act");
    const text = view.actButton;
    if (!text) act.replaceChildren();
    else if (act.firstChild) act.firstChild.firstChild.textContent = text;
    else act.replaceChildren(actButton(text));
    if (text) act.querySelector("kbd").textContent = view.actKey ?? "⏎";
  },
  send,
};

function actButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "primary large";
  const key = document.createElement("kbd");
  key.textContent = "⏎";
  button.append(document.createTextNode(text), key);
  button.addEventListener("click", () => (desk.view?.press ? desk.view.press() : desk.view?.act()));
  return button;
}

/* What is shown */

function sizesFor(item) {
  if (item.tagged) return [1]; // two words stand against each other: each image for itself
  const review = Boolean(item.prelabel);
  if (start.editor === "shapes") return review ? [1, 4, 6, 9, 12] : [1];
  if (start.task === "multilabel") return review ? [1, 4, 6, 9, 12, 20] : [1];
  return review ? [1, 4, 6, 9, 12, 20, 30, 60] : [1, 4, 6, 9, 12];
}

const sizeKey = (item) => `tenfold:at-once:${start.project_id}:${item.prelabel ? "review" : "tag"}`;

function sizeFor(item) {
  const sizes = sizesFor(item);
  const kept = Number(localStorage.getItem(sizeKey(item)));
  if (sizes.includes(kept)) return kept;
  const usual = item.prelabel && start.editor !== "shapes" ? (innerWidth < 700 ? 6 : 12) : 1;
  return sizes.includes(usual) ? usual : 1;
}

function showSizes(item) {
  const sizes = sizesFor(item);
  byId("sizes-box").hidden = sizes.length < 2;
  byId("sizes").replaceChildren(...sizes.map((size) => new Option(size === 1 ? "1 image" : `${size} images`, size, false, size === sizeFor(item))));
}

async function viewOf(size) {
  if (size > 1) return desk.view instanceof GridView && desk.view.count === size ? desk.view : new GridView(desk, size);
  if (start.editor !== "shapes") return desk.view instanceof OneView ? desk.view : new OneView(desk);
  const { ShapesView } = await import("./shapes.js");
  return desk.view instanceof ShapesView ? desk.view : new ShapesView(desk);
}

/** The images of the next page: of one round, and of like proposals where they are checked. */
function nextPage(size) {
  const first = queue.items[0];
  const together = queue.items.filter((item) => item.round_id === first.round_id);
  if (size === 1 || !first.prelabel) return together.slice(0, size);
  const groups = new Map();
  for (const item of together) groups.set(sameAs(item.prelabel), [...(groups.get(sameAs(item.prelabel)) ?? []), item]);
  const ordered = [...groups.values()].sort((a, b) => b.length - a.length);
  for (const group of ordered) group.sort((a, b) => (a.confidence ?? 0) - (b.confidence ?? 0));
  return ordered.flat().slice(0, size);
}

async function next() {
  if (asking) return;
  asking = true;
  try {
    await go();
  } catch (error) {
    stage.wait(error.message);
    toast(error.message);
  } finally {
    asking = false;
  }
}

async function go() {
  if (one.length) return show([one.shift()], 1);
  if (!queue.items.length) {
    const reached = await queue.fill(ahead());
    if (!queue.items.length && reached && outbox.count) return hold("Saving …", 0.3);
    if (!queue.items.length) return reached ? finish() : hold(outbox.state === "signed out" ? "Sign in again, and it goes on here." : "Waiting for the server …", 3);
  }
  const size = sizeFor(queue.items[0]);
  if (size > 1 && queue.items.length < size) await queue.fill(ahead());
  await show(nextPage(size), size);
  if (queue.items.length < ahead()) queue.fill(ahead()).then(useClasses).catch((error) => toast(error.message));
  return undefined;
}

/** How many images to hold: of proposals more, so that a page of like ones can be made of them. */
function ahead() {
  const item = queue.items[0];
  if (!item) return start.editor === "classes" ? 60 : 12;
  const size = sizeFor(item);
  return Math.max(12, size > 1 && item.prelabel ? Math.min(120, 5 * size) : 2 * size);
}

async function show(items, size) {
  clearTimeout(waiting);
  byId("finished").hidden = true;
  byId("work").hidden = byId("strip").hidden = false;
  const view = await viewOf(size);
  if (view !== desk.view) desk.view?.leave?.();
  desk.view = view;
  for (const item of queue.items) item.shown = items.includes(item);
  showSizes(items[0]);
  showRound(items[0]);
  try {
    await view.show(items);
  } catch (error) {
    view.leave?.();
    desk.view = new UnseenView(desk, items);
    panel.show();
    stage.wait(error.message);
    waiting = setTimeout(next, RETRY_SECONDS * 1000);
  }
  showFacts();
  desk.describe(desk.view);
  showStrip();
  queue.loadAhead(view.size, view.size === "thumb" ? 2 * size : 12);
}

function showRound(item) {
  const chip = byId("round");
  chip.className = `chip ${item.round_kind}`;
  chip.textContent = item.tagged ? "second look" : KINDS[item.round_kind];
  chip.title = queue.round?.reason ?? "";
  showLeft();
}

function showLeft() {
  const left = queue.remaining;
  const seconds = pace && left ? pace * left : 0;
  const time = seconds > 90 ? `, about ${Math.round(seconds / 60)} min` : seconds ? ", a minute" : "";
  const place = byId("left");
  place.textContent = left ? `${left} left` : "";
  if (left) place.append(Object.assign(document.createElement("span"), { className: "left-time", textContent: time }));
}

function showStrip() {
  const now = desk.view?.items ?? [];
  drawStrip(byId("strip"), { last: past.latest(12), now, coming: [...one, ...queue.items], back: (answer) => goBack(() => past.reopen(answer)) });
}

async function useClasses() {
  if (queue.classesVersion === start.classes_version) return;
  const project = await get(`/api/projects/${start.project}`);
  start.classes_version = project.classes_version;
  start.classes = project.classes;
  panel.use(project.classes);
  desk.describe(desk.view);
  toast("The list of classes has changed.");
}

/* Answers */

function send(answers, began, rest = [], again = false) {
  const seconds = Math.min(LONGEST_SECONDS, (performance.now() - began) / 1000);
  const each = answers.length ? seconds / answers.length : 0;
  for (const answer of answers) {
    answer.key = newKey();
    const { item, value = null, skip = null, actions, key } = answer;
    outbox.add({ key, round_id: item.round_id, sha256: item.sha256, value, skip, comment: item.comment ?? "", seconds: Math.round(each * 100) / 100, actions, classes_version: start.classes_version });
  }
  if (answers.length) {
    past.add(answers, again);
    pace = pace ? pace * 0.8 + each * 0.2 : each;
  }
  const items = answers.map((answer) => answer.item);
  queue.remove(items);
  if (rest.length && desk.view instanceof GridView && desk.view.checking) one.push(...rest);
  next();
}

async function goBack(way) {
  if (asking) return;
  try {
    await way();
    one.length = 0;
    next();
  } catch (error) {
    toast(error.message);
  }
}

const undo = () => goBack(() => past.undo(ahead()));

function redo() {
  if (!asking && !past.redo()) toast("There is nothing to do again.");
}

/* Saved, offline, refused */

function showSaved(state) {
  const count = outbox.count;
  const saved = byId("saved");
  saved.classList.toggle("waiting", state !== "ok");
  saved.textContent = count ? (state === "ok" ? "Saving …" : `${count} not sent yet`) : state === "ok" ? "✓ Saved" : "";
  const refused = outbox.refused();
  const kept = count ? `${count === 1 ? "One answer is" : `${count} answers are`} kept in this browser and will be sent when it is back. ` : "";
  const banner = byId("banner");
  const texts = {
    offline: `The server doesn’t answer. ${kept}You can go on with the images that are here.`,
    trouble: `The server has trouble saving. ${kept}`,
    "signed out": `You are signed out here. ${count ? "Your answers are kept in this browser. " : ""}`,
  };
  banner.hidden = state === "ok" && !refused.length;
  banner.replaceChildren(texts[state] ?? "");
  if (state === "signed out") banner.append(link("Sign in in a new tab", `/signin?next=${location.pathname}`));
  if (refused.length) banner.append(`${refused.length === 1 ? "One answer was" : `${refused.length} answers were`} refused. `, button("See why", showRefused));
}

function link(text, href) {
  const a = document.createElement("a");
  Object.assign(a, { textContent: text, href, target: "_blank" });
  return a;
}

function button(text, action) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "link", textContent: text });
  made.addEventListener("click", action);
  return made;
}

function showRefused() {
  byId("refused-list").replaceChildren(...outbox.refused().map(({ answer, error }) => {
    const row = document.createElement("li");
    row.textContent = `${answer.value ? words(answer.value) : `skipped: ${answer.skip}`}: ${error}`;
    return row;
  }));
  byId("refused").showModal();
}

byId("refused-again").addEventListener("click", () => (outbox.sendRefusedAgain(), byId("refused").close()));
byId("refused-drop").addEventListener("click", () => (outbox.dropRefused(), byId("refused").close()));

/* The end, and waiting */

function hold(text, seconds) {
  if (byId("finished").hidden) stage.wait(text);
  waiting = setTimeout(next, seconds * 1000);
}

async function finish() {
  desk.view?.leave?.();
  desk.view = null;
  byId("work").hidden = byId("strip").hidden = true;
  byId("finished").hidden = false;
  byId("round").textContent = byId("left").textContent = "";
  byId("sizes-box").hidden = true;
  await showNext().catch(() => {});
  waiting = setTimeout(next, 4000);
}

/** What happens now: the panel of the dashboard, as it is. */
async function showNext() {
  const place = byId("finished-next");
  if (place.contains(document.activeElement) || [...place.querySelectorAll("textarea")].some((area) => area.value)) return;
  const response = await fetch(`/projects/${start.project}`, { headers: { Accept: "text/html" } });
  const now = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("section.now");
  if (!now) return;
  const held = now.classList.contains("label");
  byId("finished-text").textContent = held ? "Other labelers hold the rest, or must answer it since you have seen what the model proposes. New images come here by themselves." : "New images come here by themselves.";
  if (place.innerHTML !== now.outerHTML) place.replaceChildren(now);
}

/* A word to the reviewer */

function flag() {
  const item = desk.view?.pointed ?? desk.view?.items[0];
  if (!item) return;
  const dialog = byId("flagging");
  const field = byId("flag-text");
  field.value = item.comment ?? "";
  dialog.onclose = () => {
    if (dialog.returnValue === "save") item.comment = field.value.trim();
    showFacts();
  };
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
}

function showFacts() {
  const [item, ...others] = desk.view?.items ?? [];
  const flagged = [item, ...others].find((each) => each?.comment)?.comment;
  byId("flag-chip").hidden = !flagged;
  byId("flag-chip").textContent = flagged ? `⚑ ${flagged}` : "";
  byId("facts").textContent = others.length || !item ? "" : [item.path, ...Object.entries(item.columns).map(([name, value]) => `${name}: ${value}`)].filter(Boolean).join(" · ");
}

/* Keys and buttons */

function sheet() {
  const rows = [...(desk.view?.keys() ?? []), ["Z", "take the last answer back; ⇧Z gives it again"], ["G", "flag for the reviewer, with a comment"], ["S", "skip, with a reason"], ["I", "instructions"], ["B", "brightness, contrast, zoom"], ["/", "find a class"], ["?", "this sheet"]];
  byId("key-sheet").replaceChildren(...rows.flatMap(([keys, text]) => {
    const term = document.createElement("dt");
    term.append(...keys.split(/(?:, | )(?=\S)/).map((key) => (key === "…" ? "…" : Object.assign(document.createElement("kbd"), { textContent: key }))));
    const detail = document.createElement("dd");
    detail.textContent = text;
    return [term, detail];
  }));
  byId("keys").showModal();
}

const openDialog = () => document.querySelector("dialog[open]");

byId("skipping").addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-skip]");
  if (!chosen) return;
  byId("skipping").close();
  desk.view?.skip(chosen.dataset.skip);
});

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

function dialogKey(event, dialog) {
  if (dialog.id === "skipping" && /^[1-9]$/.test(event.key)) dialog.querySelectorAll("[data-skip]")[Number(event.key) - 1]?.click();
  else if (dialog.id === "instructions" && event.key.toLowerCase() === "i") dialog.close();
  else if (dialog.id === "keys" && event.key === "?") dialog.close();
}

const pageKeys = {
  z: (event) => (event.shiftKey ? redo() : undo()), y: redo, g: flag, s: () => desk.view && byId("skipping").showModal(), i: () => byId("instructions").showModal(),
  b: () => byId("viewing").showModal(), "?": sheet, "/": () => panel.find(),
};

addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const dialog = openDialog();
  if (dialog) return dialogKey(event, dialog);
  if (event.target.closest("input, textarea, select")) return undefined;
  const pressing = event.target.closest("button, a, summary") && (event.key === "Enter" || event.key === " ");
  if (pressing) return undefined;
  const undoing = (event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase());
  if (undoing) event.stopPropagation();
  if ((event.ctrlKey || event.metaKey) && !undoing) return undefined;
  const letters = desk.view instanceof GridView;
  const own = event.altKey && !event.key.startsWith("Arrow") ? false : !asking && desk.view?.key(event);
  const plain = event.key.toLowerCase();
  const action = own || (plain === "y" && !undoing) ? null : pageKeys[plain];
  if (own || action) event.preventDefault();
  if (action && !(event.repeat && !letters)) action(event);
  return undefined;
}, true);

document.addEventListener("click", (event) => {
  if (event.detail > 0) event.target.closest("button")?.blur();
});

byId("undo").addEventListener("click", undo);
byId("finished-undo").addEventListener("click", undo);
byId("flag").addEventListener("click", flag);
byId("skip").addEventListener("click", () => desk.view && byId("skipping").showModal());
byId("show-instructions").addEventListener("click", () => byId("instructions").showModal());
byId("show-keys").addEventListener("click", sheet);
byId("show-view").addEventListener("click", () => byId("viewing").showModal());
byId("zoom-in").addEventListener("click", () => stage.zoom(1.4));
byId("zoom-out").addEventListener("click", () => stage.zoom(1 / 1.4));
byId("zoom-fit").addEventListener("click", () => stage.zoom(0));
byId("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
for (const id of ["brightness", "contrast"]) {
  byId(id).addEventListener("input", () => stage.filter(Number(byId("brightness").value), Number(byId("contrast").value)));
}
byId("view-reset").addEventListener("click", () => {
  byId("brightness").value = byId("contrast").value = 100;
  stage.filter(100, 100);
});
byId("sizes").addEventListener("change", (event) => {
  const item = desk.view?.items[0] ?? queue.items[0];
  if (!item) return;
  localStorage.setItem(sizeKey(item), event.target.value);
  event.target.blur();
  next();
});

showSaved("ok");
stage.wait("Loading …");
next();
