/**
 * What is kept of the label page in this browser, so that a reload comes up while the server is
 * down: the page, its files, the images that the person holds. It goes when they sign out.
 * Browsers have it where the page comes over HTTPS, or from this machine.
 */

const SHELL = "tenfold:shell";
const OWN = "tenfold:own:";
const WORKER = "/static/js/worker.js";

export class Keep {
  #cache = null;
  #writing = Promise.resolve();

  constructor({ project_id, person }) {
    this.person = person;
    this.list = `/kept/${project_id}`;
    this.able = "serviceWorker" in navigator && "caches" in globalThis;
    if (!this.able) return;
    this.door = new BroadcastChannel(OWN);
    this.door.addEventListener("message", () => this.#stop());
    this.#cache = this.#open();
  }

  /** Somebody signs out, or in: from now on nothing is kept by this page. */
  #stop() {
    this.able = false;
    this.#cache = null;
  }

  async #open() {
    const own = `${OWN}${this.person}`;
    const others = (await caches.keys()).filter((name) => name.startsWith(OWN) && name !== own);
    await Promise.all(others.map((name) => caches.delete(name)));
    return caches.open(own);
  }

  /** One change after the other; a browser that has no room keeps less. */
  #change(action) {
    if (!this.able) return;
    this.#writing = this.#writing.then(async () => this.able && action(await this.#cache)).catch(() => {});
  }

  /** Keep the page itself; asked for again, since nobody kept it when it came. */
  async page() {
    if (!this.able) return;
    await navigator.serviceWorker.register(WORKER, { scope: "/", updateViaCache: "none" }).catch(() => (this.able = false));
    this.#change(async (cache) => {
      const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) return;
      const copy = response.clone();
      const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("start");
      if (found && JSON.parse(found.textContent).person === this.person && this.able) await cache.put(location.pathname, copy);
    });
    this.#change(() => this.#files());
  }

  /** Keep the files that came before there was a worker. */
  async #files() {
    const shell = await caches.open(SHELL);
    const came = performance.getEntriesByType("resource").map(({ name }) => new URL(name)).filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith("/static/"));
    for (const { pathname } of came) if (!(await shell.match(pathname))) await shell.add(pathname);
  }

  /** Keep the images that the person holds. */
  items(items) {
    const plain = items.map(({ shown, ...item }) => item);
    this.#change((cache) => cache.put(this.list, Response.json(plain)));
  }

  /** The images that were held when something was heard of the server last. */
  async held() {
    if (!this.able) return [];
    await this.#writing;
    const found = await (await this.#cache)?.match(this.list).catch(() => null);
    return (await found?.json()) ?? [];
  }

  /** Keep these pictures, which are loaded already, and no others. */
  pictures(urls) {
    this.#change(async (cache) => {
      const wanted = new Set(urls);
      for (const { url } of await cache.keys()) {
        const { pathname } = new URL(url);
        if (!wanted.delete(pathname) && pathname.startsWith("/api/")) await cache.delete(url);
      }
      for (const url of wanted) await cache.add(url).catch(() => {});
    });
  }
}
