/** The review tab: one answer after the other, accepted, corrected or sent back with one key. */

import { get, post } from "./api.js";
import { Corrector } from "./corrector.js";
import { hearReason, keySheet } from "./dialogs.js";
import { answerKeys, closeByButton, instructions } from "./looking.js";
import { toast } from "./page.js";
import { Series } from "./series.js";
import { ago } from "./times.js";
import { words } from "./values.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const address = `/api/projects/${start.project}`;
const wanted = new URLSearchParams(location.search);
const asked = wanted.get("state") === "asked";
const PAGE = 60;
const KINDS = { manual: "tagged", review: "checked", audit: "tagged blind", correction: "corrected" };
const DONE = { accepted: "✓", corrected: "✎", "sent back": "↩", "left out": "–" };

const corrector = new Corrector({
  start, stage: byId("stage"), classes: byId("classes"), objects: byId("objects"), say: toast,
  picked: () => verdict(), told: () => showAct(),
});
corrector.sent = () => verdict();

/* What is there */

const series = new Series({ load, show, frame });

async function load(more) {
  const sent = new URLSearchParams({ limit: PAGE });
  if (!asked) for (const name of ["state", "person", "label", "commented"]) if (wanted.get(name)) sent.set(name, wanted.get(name));
  if (more) sent.set(asked ? "after" : "before", more);
  return get(`${address}/reviews${asked ? "/asked" : ""}?${sent}`);
}

async function show(item) {
  showSaid(item);
  await corrector.show(item).catch((error) => toast(error.message));
  showAct();
  for (const next of series.coming) corrector.picture(next.sha256);
}

function line(className, ...parts) {
  const p = document.createElement("p");
  p.className = className;
  p.append(...parts);
  return p;
}

const strong = (text) => Object.assign(document.createElement("strong"), { textContent: text });

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
  const { item } = series;
  if (!item) return;
  const value = corrector.value();
  const text = corrector.changed ? "Save the correction" : item.skip ? "Accept that it is left out" : "Accept";
  byId("accept-text").textContent = text;
  byId("accept").disabled = !value && !item.skip;
}

function frame(item) {
  const said = item.skip ? "left out" : words(item.value) || "no label";
  return {
    src: corrector.url(item.sha256, "thumb"), done: item.verdict, name: `${said}${item.verdict ? `, ${item.verdict}` : ""}`,
    text: `${item.verdict ? `${DONE[item.verdict]} ` : item.comment ? "⚑ " : ""}${said}`,
  };
}

/* Verdicts: the next answer is shown at once, and what fails comes back */

function verdict() {
  const { item } = series;
  if (!item) return;
  const value = corrector.value();
  if (corrector.missing && (corrector.busy || !item.skip)) return toast(corrector.missing);
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
    series.draw();
    toast(`${words(item.value) || "The image"}: ${error.message}`);
  });
  series.step(1);
}

function askToSendBack() {
  const { item } = series;
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

/* Keys and buttons */

hearReason((skip) => decide(series.item, "left out", () => correct(series.item, { skip })));

const leaveOut = () => series.item && byId("skipping").showModal();
const sheet = () => keySheet([
  ["Enter", "accept, or save what you changed"],
  ["1 … 9, 0", start.editor === "shapes" ? "class of the marked shape; all keys of the label page draw here, too" : start.task === "multilabel" ? "put a class on or off" : "correct it to this class; its own class accepts it"],
  ["R", "send back to the labeler, with a comment"], ["S", "leave it out, with a reason"],
  ["J, K", "next, before, without a word"], ["I", "instructions"], ["?", "this sheet"],
]);

answerKeys({
  Enter: () => verdict(), r: askToSendBack, s: leaveOut, j: () => series.step(1), k: () => series.step(-1), i: instructions, "?": sheet,
}, corrector);

closeByButton();
byId("accept").addEventListener("click", verdict);
byId("back").addEventListener("click", askToSendBack);
byId("leave-out").addEventListener("click", leaveOut);
byId("show-instructions").addEventListener("click", instructions);
byId("show-keys").addEventListener("click", sheet);

if (asked) byId("nothing-text").textContent = "Nobody has sent an image here. In the data view images can be selected and sent to review.";
await series.go(0);
