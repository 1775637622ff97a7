/** Parts of a page that are replaced as they change, but never under somebody's hands. */

const waiting = new Map();

const busy = (part) => part.contains(document.activeElement) || [...part.querySelectorAll("textarea")].some(({ value }) => value);

/** Put an element in the place of the part of its name; later, where somebody is at it. */
export function putPart(next) {
  const old = document.querySelector(`[data-live="${next.dataset.live}"]`);
  if (!old || old === next) return;
  waiting.delete(next.dataset.live);
  if (busy(old)) waiting.set(next.dataset.live, next);
  else if (old.outerHTML !== next.outerHTML) old.replaceWith(next);
}

export function partOf(html) {
  return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
}

/** Ask for the page again and put in place what changed. */
export async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const next of fresh.querySelectorAll("[data-live]")) putPart(next);
}

document.addEventListener("focusout", () => setTimeout(() => [...waiting.values()].forEach(putPart), 0));
