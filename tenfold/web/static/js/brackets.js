/** The keys `[` and `]`, which many keyboards have only with AltGr, or with Option on a Mac. */

const BRACKETS = ["[", "]"];

/** Whether a bracket was typed with AltGr or Option: what is held then is no command, and its key no digit. */
export function bracketWithAlt(event) {
  return BRACKETS.includes(event.key) && (event.altKey || event.getModifierState("AltGraph"));
}
