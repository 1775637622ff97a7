/** Why a detector proposes its boxes: chance, next class, and the tagged boxes that look alike to it. */

import { element, percent } from "./elements.js";
import { linesOf, svg } from "./values.js";

const AT_FIRST = 8;
const AROUND = 0.25;
const NOTHING = "Nothing is noted of these boxes: their model is of an earlier version, or they came with an import.";
const LOOKS = "Below each: the tagged boxes that look most like it to the model, by what it computes the class from.";
const TELLS_NOT = "This kind of model doesn’t tell which tagged boxes it leans on.";

/** A chance is never certain. */
export const chanceOf = (share) => (share >= 0.995 ? `over ${percent(0.99)}` : share < 0.005 ? `under ${percent(0.01)}` : percent(share));
const score = (value) => (value ?? 0).toFixed(2);

/** What the dialog shows of how many proposed boxes; `project` is its name, `address` that of its images, `colors` those of its classes. */
export function boxReasons(why, proposed, { project, address, colors }) {
  if (!why) return [element("p", "", "No model’s proposal can be shown for this image.")];
  const { image } = why;
  const own = element("figure", "why-own", pictured(image, why.boxes.map(({ box }) => box), address, colors));
  const boxes = [...why.boxes].sort((one, other) => one.chance - other.chance);
  const said = element("div", "stack", ...sentences(why, proposed).map((text) => element("p", "muted small", text)));
  const rows = boxes.map((each) => oneBox(each, image, { project, address, colors }));
  const list = element("ol", "why-boxes", ...rows.slice(0, AT_FIRST));
  said.append(list);
  if (rows.length > AT_FIRST) said.append(showRest(list, rows.slice(AT_FIRST)));
  return [own, said];
}

function sentences({ confidence, threshold, compares, boxes }, proposed) {
  if (!proposed) return [`No box is proposed${threshold === null ? "" : `: none has a score of ${score(threshold)} or more`}.${confidence === null ? "" : ` That nothing is there has a chance of ${chanceOf(confidence)}.`}`];
  const all = confidence === null ? "" : `All boxes are right, and none is missing, with a chance of ${chanceOf(confidence)}. `;
  const from = threshold === null ? "" : `Boxes are proposed from a score of ${score(threshold)} on: on images that the model had not learned, this left people the least to correct.`;
  if (!boxes.length) return [all + from, NOTHING].filter(Boolean);
  return [all + from, compares ? `The least sure box comes first. ${LOOKS}` : `The least sure box comes first. ${TELLS_NOT}`].filter(Boolean);
}

function showRest(list, rows) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: rows.length === 1 ? "Show the other box" : `Show the other ${rows.length} boxes` });
  button.addEventListener("click", () => {
    list.append(...rows);
    button.remove();
    rows[0].querySelector("a")?.focus();
  });
  return button;
}

function oneBox({ box, chance, next_label: next, next_score: nextScore, near }, image, at) {
  const label = named(box.label, at.colors);
  const facts = element("p", "small num", `right with a chance of ${chanceOf(chance)}, score ${score(box.score)}${next === null ? "" : `; otherwise ${next}, ${score(nextScore)}`}`);
  const head = element("div", "why-box", crop(image, box, `proposed ${box.label}`, at), element("div", "", label, facts));
  if (!near.length) return element("li", "", head);
  return element("li", "", head, element("ul", "why-list", ...near.map((each) => nearOne(each, at))));
}

function nearOne({ image, box, likeness, same, stands }, at) {
  const said = `${percent(likeness)} alike${stands ? "" : "; changed since"}`;
  const link = element("a", same ? "" : "otherwise", crop(image, box, `tagged ${box.label}`, at), named(box.label, at.colors), element("span", "muted small num", said));
  link.href = `/projects/${at.project}/data/${image.sha256}`;
  return element("li", "", link);
}

function named(label, colors) {
  const made = element("span", "why-label", element("span", "clip", label));
  made.title = label;
  made.style.setProperty("--color", colors.get(label) ?? "transparent");
  return made;
}

/** A box cut out of its picture, with a little around it. */
function crop(image, box, title, { address, colors }) {
  const [width, height] = [box.xmax - box.xmin, box.ymax - box.ymin];
  const around = AROUND * Math.max(width, height);
  const view = [box.xmin - around, box.ymin - around, width + 2 * around, height + 2 * around];
  const made = svg("svg", { viewBox: view.join(" "), class: "why-crop", role: "img", "aria-label": title });
  made.append(
    svg("image", { href: `${address}/${image.sha256}/screen`, width: image.width, height: image.height, preserveAspectRatio: "none" }),
    svg("rect", { x: box.xmin, y: box.ymin, width, height, stroke: colors.get(box.label) ?? "#555555" }),
  );
  return made;
}

function pictured(image, boxes, address, colors) {
  const picture = Object.assign(document.createElement("img"), { src: `${address}/${image.sha256}/screen`, alt: "this image" });
  return element("div", "why-drawn", picture, ...linesOf({ kind: "boxes", boxes }, image, colors));
}
