/** The label page: hands images to a view, sends its answers, goes on, goes back. */

import { Banner } from "./banner.js";
import { ClassList } from "./class_list.js";
import { ClassPanel } from "./classes.js";
import { Drafts } from "./drafts.js";
import { Finished } from "./finished.js";
import { GridView } from "./grid.js";
import { inHand } from "./hands.js";
import { Hearing } from "./hearing.js";
import { Keep } from "./keep.js";
import { hearKeys } from "./keyboard.js";
import { hearLeaving } from "./leaving.js";
import { flag, showFacts } from "./notes.js";
import { OneView } from "./one.js";
import { Outbox } from "./outbox.js";
import { toast } from "./page.js";
import { aheadOf, nextPage, refillBelow } from "./pages.js";
import { Past } from "./past.js";
import { Queue } from "./queue.js";
import { Sizes } from "./sizes.js";
import { Stage } from "./stage.js";
import { drawStrip } from "./strip.js";
import { UnseenView } from "./unseen.js";
import { newKey } from "./values.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const KINDS = { manual: "tagging", review: "checking", audit: "blind audit" };
const LONGEST_SECONDS = 900;
const RETRY_SECONDS = 3;
/** Seconds between two questions for new images, while a line tells of new rounds, and without one. */
const ASK = { up: 10, down: 4 };

const banner = new Banner();
const outbox = new Outbox(start, (state) => banner.saved(outbox, state));
const keep = new Keep(start);
const queue = new Queue(start, outbox, keep);
// What is answered is shown until the next images are there, but no draft any more.
const drafts = new Drafts(start, {
  drawn: () => (desk.view?.drafts ?? []).filter(([item]) => queue.items.includes(item)),
  under: (value) => list.under(value),
});
const stage = new Stage(byId("stage"));
const panel = new ClassPanel(byId("classes"), start.classes, (name) => desk.view?.pick(name));
const sizes = new Sizes(start, { box: byId("sizes-box"), lists: [byId("sizes"), byId("view-sizes")], together: byId("together"), changed: () => next() });
const finished = new Finished(start.project);
const one = [];
const past = new Past({
  project: start.project, outbox, queue,
  send: (answers) => send(answers.map(({ item, value, skip, actions }) => ({ item, value, skip, actions })), performance.now(), [], true),
});
let hearing = null;
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
    drafts.soon();
    panel.legend(!view.editable);
    const [ask, ...words] = view.ask;
    const note = Object.assign(document.createElement("span"), { className: "muted", textContent: inHand(...words) });
    byId("ask").replaceChildren(ask, note);
    const act = byId("panel-act");
    const text = view.actButton;
    if (!text) act.replaceChildren();
    else if (act.firstChild) act.firstChild.firstChild.textContent = text;
    else act.replaceChildren(actButton(text));
    if (!text) return;
    act.querySelector("kbd").textContent = view.actKey ?? "⏎";
    act.firstChild.setAttribute("aria-disabled", String(Boolean(view.actIdle)));
  },
  send,
};

function actButton(text) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "primary large" });
  button.append(document.createTextNode(text), Object.assign(document.createElement("kbd"), { textContent: "⏎" }));
  button.addEventListener("click", () => (desk.view?.press ? desk.view.press() : desk.view?.act()));
  return button;
}

/* What is shown */

async function viewOf(size) {
  if (size > 1) return desk.view instanceof GridView && desk.view.count === size ? desk.view : new GridView(desk, size);
  if (start.editor !== "shapes") return desk.view instanceof OneView ? desk.view : new OneView(desk);
  const { ShapesView } = await import("./shapes.js");
  return desk.view instanceof ShapesView ? desk.view : new ShapesView(desk);
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
  const size = sizes.of(queue.items[0]);
  if (size > 1 && queue.items.length < size) await queue.fill(ahead());
  await show(nextPage(queue.items, size), size);
  if (queue.items.length < refillBelow(ahead(), size)) queue.fill(ahead()).then(() => list.heard(queue.classesVersion)).catch((error) => toast(error.message));
  return undefined;
}

function ahead() {
  const [item] = queue.items;
  if (!item) return start.editor === "classes" ? 60 : 12;
  return aheadOf(item, sizes.of(item));
}

async function show(items, size) {
  clearTimeout(waiting);
  finished.hide();
  hearing?.see(false);
  const view = await viewOf(size);
  if (view !== desk.view) desk.view?.leave?.();
  desk.view = view;
  for (const item of queue.items) item.shown = items.includes(item);
  if (drafts.restore(items)) toast("What you had begun here, and not sent, is back.");
  for (const item of items) list.follow(item);
  sizes.show(items[0]);
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
  showFacts(desk.view.items);
  desk.describe(desk.view);
  showStrip();
  queue.loadAhead(view.size, view.size === "thumb" ? 2 * size : 12);
}

function showRound(item) {
  const chip = byId("round");
  chip.className = `chip ${item.round_kind}`;
  chip.textContent = item.returned ? "sent back" : item.tagged ? "second look" : KINDS[item.round_kind];
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

/** The list of classes is another: what is on the page, and what comes, is called as it says. */
const list = new ClassList(start, (called) => {
  panel.use(start.classes);
  for (const item of new Set([...queue.items, ...one, ...(desk.view?.items ?? [])])) list.follow(item);
  desk.view?.renamed?.(called);
  if (desk.view) desk.describe(desk.view);
  toast("The list of classes has changed.");
});
outbox.heard = (version) => list.heard(version);

/* Answers */

function send(answers, began, rest = [], again = false) {
  const seconds = Math.min(LONGEST_SECONDS, (performance.now() - began) / 1000);
  const each = answers.length ? seconds / answers.length : 0;
  for (const answer of answers) {
    answer.key = newKey();
    const { item, value = null, skip = null, actions, key } = answer;
    outbox.add({ key, round_id: item.round_id, sha256: item.sha256, value, skip, comment: item.comment ?? "", seconds: Math.round(each * 100) / 100, actions, classes_version: list.under(value) });
  }
  drafts.drop(answers.map(({ item }) => item));
  if (answers.length) {
    past.add(answers, again);
    pace = pace ? pace * 0.8 + each * 0.2 : each;
  }
  queue.remove(answers.map((answer) => answer.item));
  one.push(...rest);
  next();
}

async function goBack(way) {
  if (asking) return;
  const [before] = queue.items;
  try {
    await way();
  } catch (error) {
    toast(error.message);
    // Some of them may have been taken back all the same: those come first now.
    if (queue.items[0] === before) return;
  }
  one.length = 0;
  next();
}

/* The end, and waiting */

function hold(text, seconds) {
  if (!finished.shown) stage.wait(text);
  waiting = setTimeout(next, seconds * 1000);
}

async function finish() {
  desk.view?.leave?.();
  desk.view = null;
  stage.wait("");
  sizes.hide();
  finished.show();
  hearing?.see(true);
  if (!hearing?.up) await finished.ask().catch(() => {});
  waiting = setTimeout(next, (hearing?.up ? ASK.up : ASK.down) * 1000);
}

/* What happens meanwhile */

function meanwhile({ open, opened, closed, classes }) {
  const round = open.get(queue.round?.id);
  if (round) queue.remaining = Math.max(0, round.missing - outbox.count);
  if (desk.view) showLeft();
  list.heard(classes);
  if (closed.size) leave(closed);
  if (opened && (finished.shown || !desk.view)) next();
}

/** Images of a closed round are left, but not under somebody's hands: what they say counts all the same. */
function leave(closed) {
  const shown = desk.view?.items ?? [];
  const stays = desk.view?.touched ? shown : [];
  const gone = queue.items.filter((item) => closed.has(item.round_id) && !stays.includes(item));
  if (!gone.length) return;
  queue.remove(gone);
  one.length = 0;
  if (!shown.some((item) => gone.includes(item))) return;
  toast("This round was closed. Here is what comes next.");
  next();
}

/** What is held may be somebody else's by now: it is asked for anew, and left where that is so. */
async function askAnew() {
  const shown = () => desk.view?.items ?? [];
  const mark = (yes) => shown().forEach((item) => (item.shown = yes));
  const mine = (item) => queue.items.includes(item);
  if (!desk.view?.touched) mark(false);
  await queue.fill(ahead()).catch((error) => toast(error.message));
  one.splice(0, one.length, ...one.filter(mine));
  if (shown().every(mine)) mark(true);
  else next();
}

const item = () => desk.view?.pointed ?? desk.view?.items[0];

hearKeys(desk, {
  undo: () => goBack(() => past.undo(ahead())),
  redo: () => asking || past.redo() || toast("There is nothing to do again."),
  flag: () => item() && flag(item(), () => showFacts(desk.view?.items ?? [])),
  together: () => sizes.toggle(),
}, () => asking);

hearLeaving(start, { queue, drafts, again: askAnew });

banner.saved(outbox, "ok");
stage.wait("Loading …");
await drafts.ready;
await next();
hearing = new Hearing(start, { banner, finished, outbox, told: meanwhile });
keep.page();
