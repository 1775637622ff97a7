/** Words for hands with a keyboard, and for hands without one: those are told of no key. */

const touching = matchMedia("(pointer: coarse)");

export const inHand = (keys, fingers = keys) => (touching.matches ? fingers : keys);
