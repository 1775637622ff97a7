/** One cell of the data view: picture, what is said of it, its state. */

import { element, percent } from "./elements.js";
import { linesOf, words } from "./values.js";

function sure({ confidence }) {
  const part = element("span", "num", percent(confidence));
  part.title = "how sure the model is of its proposal";
  return part;
}

const labelOf = (view) => (view.value ? words(view.value) : view.prelabel ? `${words(view.prelabel)}?` : "–");

/** Make the cell of an image; its picture comes with `fillCell`. */
export function imageCell(view, { index, colors, selected, current }) {
  const cell = element("div", `cell ${selected ? "selected" : ""} ${current ? "current" : ""}`);
  cell.setAttribute("role", "gridcell");
  cell.setAttribute("aria-selected", selected ? "true" : "false");
  cell.id = `cell-${index}`;
  cell.dataset.index = index;
  const [path = view.image.sha256.slice(0, 12)] = view.image.paths;
  const picture = element("span", "cell-picture");
  const image = document.createElement("img");
  image.alt = "";
  image.decoding = "async";
  image.dataset.sha256 = view.image.sha256;
  const state = element("span", `chip cell-state ${view.state}`, view.state);
  picture.append(image, ...linesOf(view.value ?? view.prelabel, view.image, colors, view.value ? "" : "proposed"), element("span", "cell-mark", "✓"), state);
  const text = element("span", "cell-text");
  const label = element("button", "cell-label clip", labelOf(view));
  label.type = "button";
  label.tabIndex = -1;
  label.title = "Change the label";
  text.append(label);
  const foot = element("span", "cell-path muted");
  foot.title = path;
  foot.append(element("span", "clip", path.split("/").at(-1)));
  if (view.confidence !== null && view.prelabel) foot.append(sure(view));
  cell.append(picture, text, foot);
  return cell;
}

export function fillCell(cell, address) {
  const image = cell.querySelector("img");
  if (image && !image.getAttribute("src")) image.src = `${address}/images/${image.dataset.sha256}/thumb`;
}

/** Make the cell of a file that gave no image. */
export function fileCell(file, { index }) {
  const cell = element("div", "cell file");
  cell.setAttribute("role", "gridcell");
  cell.id = `cell-${index}`;
  const why = element("span", "cell-picture");
  why.append(element("strong", "", file.reason), element("span", "small", file.detail));
  const path = element("span", "cell-path clip", file.path.split("/").at(-1));
  path.title = file.path;
  cell.append(why, path);
  return cell;
}
