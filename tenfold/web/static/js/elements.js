/** Elements with a class and what is in them. */

export function element(name, className, ...content) {
  const made = Object.assign(document.createElement(name), { className });
  made.append(...content);
  return made;
}

export const percent = (share) => `${Math.round(100 * share)}\u2009%`;
