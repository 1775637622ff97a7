/** What other people and the machine do meanwhile: rounds open and close, a project pauses. */

import { ApiError } from "./api.js";
import { Live } from "./live.js";

export class Hearing {
  #known = new Set();
  #state = "active";

  /**
   * `told` is called with what is new: `{ left, closed, opened, classes }`; `finished` shows what
   * happens where there is nothing to do; `outbox` hears that the server is there, or that the
   * person may no longer sign in.
   */
  constructor({ project }, { banner, finished, outbox, told }) {
    Object.assign(this, { banner, finished, told, up: false });
    this.line = new Live(project, finished.shown ? "now" : "", {
      pulse: (pulse) => this.#hear(pulse),
      part: (part) => finished.hear(part),
      up: () => ((this.up = true), outbox.reached()),
      down: () => (this.up = false),
      out: () => outbox.lost(new ApiError(401)),
    });
  }

  /** Have what happens now told, or only what concerns the work. */
  see(now) {
    this.line.see(now ? "now" : "");
  }

  #hear({ state, rounds, classes_version: classes }) {
    this.banner.paused(state === "active" ? "" : state);
    const open = new Map(rounds.filter((each) => each.state === "open").map((each) => [each.id, each]));
    const resumed = state === "active" && this.#state !== "active";
    const opened = resumed || [...open.keys()].some((id) => !this.#known.has(id));
    // Only what was seen open can have closed: images come from rounds that this line may not know yet.
    const closed = new Set([...this.#known].filter((id) => !open.has(id)));
    this.#known = new Set(open.keys());
    this.#state = state;
    this.told({ open, opened, closed, classes });
  }
}
