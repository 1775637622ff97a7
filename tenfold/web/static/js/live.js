/**
 * An open line to the server, over which changes of a project come. It is held only while the page
 * is looked at, since a browser has few lines to a server; lost, it is opened again by itself.
 */

/** Milliseconds of silence after which a line is dead: the server says something every fifteen. */
const SILENCE = 40_000;
const PAUSES = [1, 2, 5, 10];

export class Live {
  #source = null;
  #failures = 0;
  #timer = null;

  /** `heard` maps events (`pulse`, `part`, `up`, `down`, `out`) to what is done about them. */
  constructor(project, view, heard) {
    Object.assign(this, { project, view, heard });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#hangUp() : this.#call()));
    addEventListener("pagehide", () => this.#hangUp());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#call());
    if (!document.hidden) this.#call();
  }

  /** Ask for other parts. */
  see(view) {
    if (view === this.view) return;
    this.view = view;
    if (this.#source) this.#call();
  }

  #call() {
    this.#hangUp();
    const source = new EventSource(`/api/projects/${this.project}/live?view=${this.view}`);
    this.#source = source;
    const hear = (name) => source.addEventListener(name, ({ data }) => this.#hears(source, name, data));
    for (const name of ["pulse", "part", "beat"]) hear(name);
    source.addEventListener("out", () => source === this.#source && this.#out());
    source.addEventListener("error", () => source === this.#source && this.#lost(source));
    this.#listen();
  }

  /** A line that ended is opened again by the browser; one that was refused, by us. */
  #lost(source) {
    this.#failures = Math.max(0, this.#failures);
    this.heard.down?.();
    if (source.readyState === EventSource.CLOSED) this.#later();
  }

  #hears(source, name, data) {
    if (source !== this.#source) return;
    if (this.#failures >= 0) this.heard.up?.();
    this.#failures = -1;
    this.#listen();
    this.heard[name]?.(JSON.parse(data));
  }

  /** The person may no longer sign in: whoever comes back to this page may be somebody else. */
  #out() {
    this.#hangUp();
    this.heard.down?.();
    this.heard.out?.();
  }

  /** Take a silent line for dead: a server that lost its power doesn't hang up. */
  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#later(), SILENCE);
  }

  #later() {
    this.#hangUp();
    this.#failures = Math.max(0, this.#failures);
    this.heard.down?.();
    const pause = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)];
    this.#timer = setTimeout(() => document.hidden || this.#call(), pause * 1000);
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}
