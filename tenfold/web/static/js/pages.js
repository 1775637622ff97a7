/** Which of the images that a person holds are shown together. */

import { sameAs } from "./values.js";

/** Whether an image that is tagged from nothing has others like it in its round. */
export const grouped = (item) => !item.prelabel && (item.group ?? null) !== null;

/** The images of the next page: of one round, and alike: of one group, or with the same proposal. */
export function nextPage(items, size) {
  const [first] = items;
  const together = items.filter((item) => item.round_id === first.round_id && !item.returned);
  if (size === 1) return [first];
  if (grouped(first)) return together.filter((item) => item.group === first.group).slice(0, size);
  if (!first.prelabel) return together.slice(0, size);
  const groups = new Map();
  for (const item of together) groups.set(sameAs(item.prelabel), [...(groups.get(sameAs(item.prelabel)) ?? []), item]);
  const ordered = [...groups.values()].sort((a, b) => b.length - a.length);
  for (const group of ordered) group.sort((a, b) => (a.confidence ?? 0) - (b.confidence ?? 0));
  // One question for all: rather a page that isn't full than a few images of the next class on it.
  const [largest] = ordered;
  const plain = ["class", "set"].includes(first.prelabel.kind);
  return (plain && 2 * largest.length >= size ? largest : ordered.flat()).slice(0, size);
}

/** How many images to hold: of like ones more, so that a page can be made of them. */
export function aheadOf(item, size) {
  const many = item.prelabel ? 5 * size : grouped(item) ? 3 * size : 2 * size;
  return Math.max(12, size > 1 ? Math.min(120, many) : 2 * size);
}

/**
 * With fewer than this in hand, more are asked for: not after each answer where images come one by
 * one, since a lease costs the server as much as an answer.
 */
export function refillBelow(ahead, size) {
  return size > 1 ? ahead : Math.ceil((2 * ahead) / 3);
}
