/**
 * Where a browser keeps what isn't sent: IndexedDB, written through to the disk before a record
 * counts as kept. Where a browser gives none (some private windows), localStorage. So, too, for
 * what isn't on the disk when the page is left: IndexedDB may drop such a write, localStorage
 * doesn't. The next page moves it.
 */

const NAME = "tenfold";
const STORE = "outbox";

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
    asked.onblocked = () => failed(new Error("IndexedDB is blocked."));
  });
}

function beside(record) {
  localStorage.setItem(record.id, JSON.stringify(record));
}

export class Drawer {
  #database;
  #unwritten = new Map();
  #leaving = false;

  /** Records whose `id` begins with `prefix`; `changed()` is called when another tab changed some. */
  constructor(prefix, changed) {
    this.prefix = prefix;
    this.#database = opened().catch(() => null);
    this.channel = globalThis.BroadcastChannel ? new BroadcastChannel(`${NAME}:${STORE}`) : null;
    this.channel?.addEventListener("message", ({ data }) => data === prefix && changed());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", () => (this.#leaving = false));
  }

  #leave() {
    this.#leaving = true;
    for (const record of this.#unwritten.values()) beside(record);
  }

  /** Keep a record. Resolves when it is on the disk. */
  async put(record) {
    const { id } = record;
    this.#unwritten.set(id, record);
    if (this.#leaving) beside(record);
    const written = await this.#write((store) => store.put(record), () => beside(record));
    if (this.#unwritten.get(id) !== record) return;
    this.#unwritten.delete(id);
    if (written) localStorage.removeItem(id);
  }

  async delete(id) {
    this.#unwritten.delete(id);
    localStorage.removeItem(id);
    await this.#write((store) => store.delete(id), () => {});
  }

  /** Change what IndexedDB holds, or do otherwise. Returns whether it was the first. */

  async #write(change, otherwise) {
    const database = await this.#database;
    let written = true;
    try {
      if (!database) throw new Error("There is no IndexedDB.");
      await new Promise((done, failed) => {
        const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
        change(transaction.objectStore(STORE));
        transaction.oncomplete = done;
        transaction.onerror = transaction.onabort = () => failed(transaction.error ?? new Error("The write was aborted."));
        transaction.commit?.();
      });
    } catch {
      otherwise();
      written = false;
    }
    this.channel?.postMessage(this.prefix);
    return written;
  }

  /** All records, in the order of their ids. */
  async all() {
    const left = Object.keys(localStorage).filter((id) => id.startsWith(this.prefix)).map((id) => JSON.parse(localStorage.getItem(id)));
    const database = await this.#database;
    if (!database) return left;
    const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
    const kept = await new Promise((done, failed) => {
      const asked = database.transaction(STORE, "readonly").objectStore(STORE).getAll(range);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    }).catch(() => []);
    for (const record of left) if (!this.#unwritten.has(record.id)) this.put(record);
    const all = new Map([...kept, ...left].map((record) => [record.id, record]));
    return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
