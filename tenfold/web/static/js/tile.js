/** One image of a grid: its picture with what is proposed, and what is said of it. */

import { swatch } from "./classes.js";
import { element } from "./elements.js";
import { linesOf, namesIn } from "./values.js";

const RETRY = 3000;
/** More colors than these are none that one reads. */
const COLORS = 4;

/** The picture of a tile, whose `image` it becomes. */
export function tilePicture(tile, size, colors) {
  const image = document.createElement("img");
  image.src = tile.item.urls[size];
  image.alt = "";
  image.draggable = false;
  image.addEventListener("error", () => setTimeout(() => image.isConnected && (image.src = image.src), RETRY));
  tile.image = image;
  return element("div", "gtile-picture", image, ...linesOf(tile.proposal, tile.item, colors));
}

/** Draw what is proposed anew, the picture stays. */
export function redrawn(tile, colors) {
  tile.image.parentElement.replaceChildren(tile.image, ...linesOf(tile.proposal, tile.item, colors));
}

/** What a tile says below its picture: the colors of the classes that `value` names, words, and its key. */
export function tileText(tile, words, value, colors) {
  const named = [...new Set(namesIn(value))].filter((name) => colors.has(name)).slice(0, COLORS);
  tile.text.title = words;
  const swatches = named.length ? [element("span", "swatches", ...named.map((name) => swatch(colors.get(name))))] : [];
  tile.text.replaceChildren(...swatches, element("span", "clip", words));
  if (tile.hint) tile.text.append(element("kbd", "", tile.hint.toUpperCase()));
}
