/**
 * A page that is left gives its images back, so that nobody waits for them, but for those on which
 * something was begun. Whoever shows them still asks anew.
 */

/** `again()` is called where images that are shown may be somebody else's by now. */
export function hearLeaving({ project_id, person }, { queue, drafts, again }) {
  // Leases are a person's: a page of theirs in another tab holds the same images.
  const tabs = globalThis.BroadcastChannel ? new BroadcastChannel(`tenfold:left:${project_id}:${person}`) : null;
  tabs?.addEventListener("message", again);
  addEventListener("pagehide", () => {
    queue.release((item) => drafts.has(item));
    tabs?.postMessage("left");
  });
  addEventListener("pageshow", ({ persisted }) => persisted && again());
}
