/**
 * Where a browser keeps what isn't sent: IndexedDB, written through to the disk before a record
 * counts as kept. Where a browser gives none (some private windows), localStorage.
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

export class Drawer {
  #database;

  /** Records whose `id` begins with `prefix`; `changed()` is called when another tab changed some. */
  constructor(prefix, changed) {
    this.prefix = prefix;
    this.#database = opened().catch(() => null);
    this.channel = globalThis.BroadcastChannel ? new BroadcastChannel(`${NAME}:${STORE}`) : null;
    this.channel?.addEventListener("message", ({ data }) => data === prefix && changed());
  }

  /** Keep a record. Resolves when it is on the disk. */
  put(record) {
    return this.#write((store) => store.put(record), () => localStorage.setItem(record.id, JSON.stringify(record)));
  }

  delete(id) {
    return this.#write((store) => store.delete(id), () => localStorage.removeItem(id));
  }

  async #write(change, otherwise) {
    const database = await this.#database;
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
    }
    this.channel?.postMessage(this.prefix);
  }

  /** All records, in the order of their ids. */
  async all() {
    const beside = Object.keys(localStorage).filter((id) => id.startsWith(this.prefix)).map((id) => JSON.parse(localStorage.getItem(id)));
    const database = await this.#database;
    if (!database) return beside;
    const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
    const kept = await new Promise((done, failed) => {
      const asked = database.transaction(STORE, "readonly").objectStore(STORE).getAll(range);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    }).catch(() => []);
    return [...kept, ...beside];
  }
}
