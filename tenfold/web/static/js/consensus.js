/** Who said what of one image, side by side; one key says who is right. */

import { get, post } from "./api.js";
import { digitOf, swatch } from "./classes.js";
import { hearReason, keySheet } from "./dialogs.js";
import { bounds } from "./geometry.js";
import { answerKeys, closeByButton, instructions } from "./looking.js";
import { toast } from "./page.js";
import { Series } from "./series.js";
import { accepted, drawnThrough, named, outlines, sameValue, svg, words } from "./values.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const address = `/api/projects/${start.project}`;
const colors = new Map(start.classes.map(({ name, color }) => [name, color]));
const PAGE = 60;

const series = new Series({ load, show, last: show, frame });

const url = (item, size) => `${address}/images/${item.sha256}/${size}`;

/** Answers that say the same, with everybody who gave them: most voices first. */
function optionsOf(item) {
  const found = [];
  for (const { person, value, skip } of item.said) {
    const there = found.find((option) => option.skip === skip && sameValue(option.value, value));
    if (there) there.people.push(person);
    else found.push({ value, skip, people: [person] });
  }
  return found.sort((a, b) => b.people.length - a.people.length);
}

async function load(after) {
  const { disagreements, after: more } = await get(`${address}/agreement/disagreements?undecided=true&limit=${PAGE}&after=${encodeURIComponent(after)}`);
  return { items: disagreements.map((one) => ({ ...one, options: optionsOf(one) })), more };
}

const said = ({ value, skip }) => (skip ? `left out: ${skip}` : words(value) || "no label");

function show(item) {
  // Classes of whole images are words beside one picture; shapes are drawn, a picture a person.
  const sides = start.editor === "shapes" ? item.options : [null];
  const place = byId("sides");
  place.replaceChildren(...sides.map((option, index) => side(item, option, index)));
  place.style.gridTemplateColumns = `repeat(${Math.min(sides.length, innerWidth < 700 ? 1 : sides.length < 5 ? 2 : 3)}, minmax(0, 1fr))`;
  byId("ask").textContent = item.decided ? `Decided: ${item.decided}` : "Who is right?";
  byId("options").replaceChildren(...item.options.map((option, index) => optionButton(item, option, index)));
  byId("edit").href = `/projects/${start.project}/data/${item.sha256}`;
  for (const next of series.coming) new Image().src = url(next, "screen");
}

function side(item, option, index) {
  const figure = document.createElement("figure");
  const frame = Object.assign(document.createElement("div"), { className: "side-picture" });
  const image = Object.assign(document.createElement("img"), { src: url(item, "screen"), alt: option ? `what ${option.people.join(" and ")} drew` : "the image" });
  frame.append(image);
  if (option) frame.append(drawn(item, option.value));
  figure.append(frame);
  if (option) figure.append(caption(option, index));
  return figure;
}

function caption(option, index) {
  const text = document.createElement("figcaption");
  text.append(Object.assign(document.createElement("kbd"), { textContent: index + 1 }), ` ${option.people.join(", ")}: ${said(option)}`);
  return text;
}

function drawn(item, value) {
  const lines = svg("svg", { viewBox: `0 0 ${item.width} ${item.height}`, preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" });
  for (const shape of outlines(value)) {
    lines.append(...drawnThrough(shape.points, colors.get(shape.label) ?? "#555555"), nameOf(item, named(shape), shape.points));
  }
  return lines;
}

/** The class of a shape, written at its upper left, as large on every picture. */
function nameOf({ width, height }, label, points) {
  const { minX, minY } = bounds(points);
  const size = Math.max(width, height) / 28;
  const text = svg("text", { x: minX, y: Math.max(size, minY - size / 4), "font-size": size, "stroke-width": size / 4 });
  text.textContent = label;
  return text;
}

function optionButton(item, option, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "class-button option";
  const text = Object.assign(document.createElement("span"), { className: "class-text" });
  text.append(Object.assign(document.createElement("strong"), { textContent: said(option) }), Object.assign(document.createElement("span"), { className: "muted small", textContent: option.people.join(", ") }));
  if (option.value?.kind === "class") button.append(swatch(colors.get(option.value.label) ?? "#555555"));
  button.append(text, Object.assign(document.createElement("kbd"), { textContent: index + 1 }));
  button.addEventListener("click", () => decide(item, option));
  return button;
}

function frame(item) {
  const text = item.decided ? `✓ ${item.decided}` : item.options.map((option) => said(option)).join(" / ");
  return { src: url(item, "thumb"), text, done: item.decided };
}

/** Say what is right; the next image comes at once, and what is refused is open again. */
function decide(item, option) {
  const before = item.decided;
  item.decided = said(option);
  const word = option.value ? { value: accepted(option.value) } : { skip: option.skip };
  post(`${address}/images/${item.sha256}/correct`, word).catch((error) => {
    item.decided = before;
    series.draw();
    toast(error.message);
  });
  series.step(1);
}

hearReason((skip) => decide(series.item, { value: null, skip }));

const leaveOut = () => series.item && byId("skipping").showModal();

const sheet = () => keySheet([
  ["1 … 9", "this answer is right: it becomes the label, and the next image comes"],
  ["E", "none of them: open the image and label it"], ["S", "leave it out, with a reason"],
  ["J, K", "next, before, without a word"], ["I", "instructions"], ["?", "this sheet"],
]);

const digits = {
  key(event) {
    const index = digitOf(event);
    const option = series.item?.options[index];
    if (option) decide(series.item, option);
    return Boolean(option);
  },
};

answerKeys({ s: leaveOut, j: () => series.step(1), k: () => series.step(-1), e: () => byId("edit").click(), i: instructions, "?": sheet }, digits);
closeByButton();
byId("leave-out").addEventListener("click", leaveOut);
byId("show-instructions").addEventListener("click", instructions);
byId("show-keys").addEventListener("click", sheet);

await series.go(0);
