/** The review tab: one answer after the other, accepted, corrected or sent back with one key. */

import { get, post } from "./api.js";
import { Corrector } from "./corrector.js";
import { answerKeys, closeByButton, keySheet } from "./looking.js";
import { toast } from "./page.js";
import { words } from "./values.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const address = `/api/projects/${start.project}`;
const wanted = new URLSearchParams(location.search);
const asked = wanted.get("state") === "asked";
const PAGE = 60;
const AHEAD = 20;
const SHOWN = 24;
const KINDS = { manual: "tagged", review: "checked", audit: "tagged blind", correction: "corrected" };
const DONE = { accepted: "✓", corrected: "✎", "sent back": "↩", "left out": "–" };

let items = [];
let at = 0;
let more = null;
let ended = false;
let loading = null;

const corrector = new Corrector({
  start, stage: byId("stage"), classes: byId("classes"), objects: byId("objects"), say: toast,
  picked: () => verdict(), told: () => showAct(),
});
corrector.sent = () => verdict();

/* What is there */

function query() {
  const sent = new URLSearchParams({ limit: PAGE });
  if (!asked) for (const name of ["state", "person", "label", "commented"]) if (wanted.get(name)) sent.set(name, wanted.get(name));
  if (more !== null) sent.set(asked ? "after" : "before", more);
  return `${address}/reviews${asked ? "/asked" : ""}?${sent}`;
}

function load() {
  if (ended) return Promise.resolve();
  loading ??= get(query()).then((page) => {
    items.push(...page.items);
    more = page.more;
    ended = page.more === null;
  }).finally(() => (loading = null));
  return loading;
}

async function go(to) {
  at = Math.max(0, Math.min(to, items.length));
  if (at + AHEAD >= items.length) {
    const coming = load().then(showStrip);
    if (at >= items.length) await coming;
    else coming.catch((error) => toast(error.message));
  }
  const item = items[at];
  byId("work").hidden = !items.length;
  byId("nothing").hidden = items.length > 0;
  if (!item) {
    if (items.length) at = items.length - 1, toast("That was the last one.");
    return;
  }
  showSaid(item);
  showStrip();
  await corrector.show(item).catch((error) => toast(error.message));
  showAct();
  for (const next of items.slice(at + 1, at + 4)) corrector.picture(next.sha256);
}

function line(className, ...parts) {
  const p = document.createElement("p");
  p.className = className;
  p.append(...parts);
  return p;
}

const strong = (text) => Object.assign(document.createElement("strong"), { textContent: text });

function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  const [amount, unit] = seconds < 90 ? [seconds, "s"] : seconds < 5400 ? [seconds / 60, "min"] : seconds < 172800 ? [seconds / 3600, "h"] : [seconds / 86400, "days"];
  return `${Math.round(amount)} ${unit} ago`;
}

function showSaid(item) {
  const said = item.skip ? `left it out: ${item.skip}` : words(item.value) || "no label";
  const rows = [line("ask", strong(said))];
  if (item.person) rows.push(line("muted small", `${item.person}, ${KINDS[item.kind] ?? item.kind}, ${ago(item.created_at)}${item.seconds ? `, in ${item.seconds.toFixed(1)} s` : ""}`));
  else rows.push(line("muted small", `Nobody’s answer: the image is ${item.state}.`));
  if (item.proposed && words(item.proposed) !== words(item.value)) rows.push(line("small", `The model proposed ${words(item.proposed)}.`));
  if (item.comment) rows.push(line("flag-chip small", `⚑ ${item.comment}`));
  if (item.request) rows.push(line("returned small", `${item.person ? "Sent back by" : "Sent here by"} ${item.request.by}, ${ago(item.request.at)}${item.request.comment ? `: “${item.request.comment}”` : ""}`));
  if (item.verdict) rows.push(line("small", `${DONE[item.verdict]} You ${item.verdict === "accepted" ? "accepted this" : item.verdict === "corrected" ? "corrected this" : item.verdict === "sent back" ? "sent this back" : "left this out"}.`));
  rows.push(line("muted small clip", item.path));
  byId("said").replaceChildren(...rows);
  byId("open").href = `/projects/${start.project}/data/${item.sha256}`;
  byId("back").disabled = !item.annotation_id || item.kind === "audit" || item.kind === "correction";
}

/** Enter accepts what nobody touched, and saves what was changed. */
function showAct() {
  const item = items[at];
  if (!item) return;
  const value = corrector.value();
  const text = corrector.changed ? "Save the correction" : item.skip ? "Accept that it is left out" : "Accept";
  byId("accept-text").textContent = text;
  byId("accept").disabled = !value && !item.skip;
}

function showStrip() {
  const from = Math.max(0, at - 6);
  byId("strip").replaceChildren(...items.slice(from, from + SHOWN).map((item, index) => frame(item, from + index)));
}

function frame(item, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `frame ${index === at ? "current" : ""} ${item.verdict ? "done" : ""}`;
  const said = item.skip ? "left out" : words(item.value) || "no label";
  button.setAttribute("aria-label", `${said}${item.verdict ? `, ${item.verdict}` : ""}`);
  if (index === at) button.setAttribute("aria-current", "true");
  const image = Object.assign(document.createElement("img"), { src: corrector.url(item.sha256, "thumb"), alt: "" });
  const text = Object.assign(document.createElement("span"), { className: "frame-text", textContent: `${item.verdict ? `${DONE[item.verdict]} ` : item.comment ? "⚑ " : ""}${said}` });
  button.append(image, text);
  button.addEventListener("click", () => go(index));
  return button;
}

/* Verdicts: the next answer is shown at once, and what fails comes back */

function verdict() {
  const item = items[at];
  if (!item) return;
  const value = corrector.value();
  if (!value && !item.skip) return toast("Choose a class first.");
  if (!corrector.changed && item.annotation_id) decide(item, "accepted", () => post(`${address}/reviews/${item.annotation_id}/accept`));
  else if (value) decide(item, corrector.changed ? "corrected" : "accepted", () => correct(item, { value }), value);
  return undefined;
}

const correct = (item, said) => post(`${address}/images/${item.sha256}/correct`, said);

function decide(item, name, action, value = null) {
  const before = { verdict: item.verdict, value: item.value, skip: item.skip };
  item.verdict = name;
  if (value) Object.assign(item, { value, skip: null });
  action().catch((error) => {
    Object.assign(item, before);
    showStrip();
    toast(`${words(item.value) || "The image"}: ${error.message}`);
  });
  go(at + 1);
}

function askToSendBack() {
  const item = items[at];
  if (!item || byId("back").disabled) return;
  const dialog = byId("sending");
  byId("sending-to").textContent = item.person;
  byId("sending-text").value = "";
  dialog.onclose = () => {
    const comment = byId("sending-text").value.trim();
    if (dialog.returnValue === "send" && comment) decide(item, "sent back", () => post(`${address}/reviews/${item.annotation_id}/send-back`, { comment }));
  };
  dialog.returnValue = "";
  dialog.showModal();
  byId("sending-text").focus();
}

byId("skipping").addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-skip]");
  if (!chosen) return;
  byId("skipping").close();
  const item = items[at];
  decide(item, "left out", () => correct(item, { skip: chosen.dataset.skip }));
});

/* Keys and buttons */

const leaveOut = () => items[at] && byId("skipping").showModal();
const sheet = () => keySheet(byId("keys"), [
  ["Enter", "accept, or save what you changed"],
  ["1 … 9, 0", start.editor === "shapes" ? "class of the marked shape; all keys of the label page draw here, too" : start.task === "multilabel" ? "put a class on or off" : "correct it to this class; its own class accepts it"],
  ["R", "send back to the labeler, with a comment"], ["S", "leave it out, with a reason"],
  ["J, K", "next, before, without a word"], ["?", "this sheet"],
]);

answerKeys({
  Enter: () => verdict(), r: askToSendBack, s: leaveOut, j: () => go(at + 1), k: () => go(at - 1), "?": sheet,
}, corrector);

closeByButton();
byId("accept").addEventListener("click", verdict);
byId("back").addEventListener("click", askToSendBack);
byId("leave-out").addEventListener("click", leaveOut);
byId("next").addEventListener("click", () => go(at + 1));
byId("previous").addEventListener("click", () => go(at - 1));
byId("show-keys").addEventListener("click", sheet);

if (asked) byId("nothing-text").textContent = "Nobody has sent an image here. In the data view images can be selected and sent to review.";
await go(0).catch((error) => toast(error.message));
