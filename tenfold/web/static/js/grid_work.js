/**
 * The three kinds of work in a grid: what is asked, what a class key is meant for, and what is
 * sent. Tiles carry `value`, `skip`, and `picked`: chosen, or the odd one out; `proposal`, what the
 * model proposes from the page's threshold on, and `unsure`, whether all of it lies below.
 */

import { accepted, words } from "./values.js";

const counted = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Images without anything in common: a class key, and the next one. */
/** How many tiles somebody has said something of. */
export const answered = (tiles) => tiles.filter((tile) => tile.value || tile.skip).length;

export const tagging = {
  lettered: false,
  ask: () => ["Which class is each?", "Its key, and the next one. Click several to tag them together. Enter sends the page.", "Its class, and the next one. Tap several to tag them together."],
  button: (tiles) => (answered(tiles) ? "Send this page" : "Nothing has a class yet"),
  keys: ["choose several", "", "class, and the next image", "send the page"],
  picked: "chosen",
  targets(tiles, at) {
    const chosen = tiles.filter((tile) => tile.picked);
    return chosen.length ? { tiles: chosen, goOn: false } : { tiles: [tiles[at]], goOn: true };
  },
  said: () => "",
  value: (tile) => tile.value,
  oneByOne: () => [],
};

/** Images that look alike: a class key is for all, but for the odd ones out. */
export const alike = {
  ...tagging,
  lettered: true,
  ask: () => ["What are all of these?", "Click the odd ones out. A class key is for all others, and then for those. Enter sends.", "Tap the odd ones out. A class is for all others, and then for those."],
  button(tiles) {
    const ready = answered(tiles);
    const odd = tiles.filter((tile) => tile.picked).length;
    if (!ready) return "Nothing has a class yet";
    return odd ? `Send ${ready}, then ${odd} one by one` : `Send ${counted(ready, "image")}`;
  },
  keys: ["mark as the odd one out", "mark the image with that letter as the odd one out", "the class of all others, then of the odd ones", "send the page; odd ones without a class come one by one"],
  picked: "wrong",
  targets(tiles) {
    const rest = tiles.filter((tile) => !tile.picked && !tile.value && !tile.skip);
    const odd = tiles.filter((tile) => tile.picked);
    if (rest.length) return { tiles: rest, goOn: false };
    if (odd.length) return { tiles: odd, goOn: false };
    return { tiles: tiles.filter((tile) => !tile.skip && !tile.odd), goOn: false };
  },
  said: () => "not like the others",
  oneByOne: (tiles) => tiles.filter((tile) => tile.picked),
};

const needsLook = (tile) => tile.picked || tile.unsure;

/** Proposals: all are right, but for those that are marked. */
export const checking = {
  lettered: true,
  ask(tiles, editable) {
    const proposals = new Set(tiles.filter(({ unsure }) => !unsure).map(({ proposal }) => words(proposal)));
    const all = proposals.size === 1 ? `Are all of these “${[...proposals][0]}”?` : "Are these all right?";
    const keys = editable ? "Click the wrong ones; a class key corrects them. Enter accepts the rest." : "Click the wrong ones. Enter accepts the rest; then the wrong ones come one by one.";
    return [all, keys, "Tap the wrong ones; they come one by one, once the rest is accepted."];
  },
  button(tiles) {
    const wrong = tiles.filter((tile) => needsLook(tile) && !tile.value && !tile.skip).length;
    if (wrong === tiles.length) return `Go through ${wrong} one by one`;
    return wrong ? `Accept ${tiles.length - wrong}, then ${wrong} one by one` : `Accept all ${tiles.length}`;
  },
  keys: ["mark as wrong", "mark the image with that letter as wrong", "the right class of those marked", "accept the rest, and the next page"],
  picked: "wrong",
  targets: tagging.targets,
  said: (tile) => `not ${words(tile.proposal)}`,
  /** What was seen and not marked is accepted; a picture that didn't come, or shapes below the threshold, weren't seen. */
  value: (tile) => tile.value ?? (!needsLook(tile) && tile.image.naturalWidth > 0 ? accepted(tile.proposal) : null),
  oneByOne: (tiles) => tiles,
};
