/** The list of classes: each reply says which one is in force, and another one is loaded. */

import { get } from "./api.js";
import { namesIn, withNames } from "./values.js";

const FOLLOWS = ["prelabel", "tagged", "restored"];

export class ClassList {
  #loading = null;

  /** `changed(called)` is told of another list; `called` gives today's name for an earlier one. */
  constructor(start, changed) {
    this.start = start;
    this.changed = changed;
    this.called = (name) => this.start.former_classes[name] ?? name;
  }

  /** Load the list where a reply says that another one is in force. */
  async heard(version) {
    if (version <= this.start.classes_version) return undefined;
    this.#loading ??= this.#load().catch(() => {}).finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    const { version, classes, former_classes } = await get(`/api/projects/${this.start.project}/classes`);
    Object.assign(this.start, { classes, former_classes, classes_version: version });
    this.changed(this.called);
  }

  /** Call what is known of an image as the list does. */
  follow(item) {
    for (const field of FOLLOWS) if (item[field]) item[field] = withNames(item[field], this.called);
  }

  /** The list that an answer was given under: an earlier one where it names a class that is gone. */
  under(value) {
    const known = new Set(this.start.classes.map(({ name }) => name));
    const gone = namesIn(value).some((name) => !known.has(name));
    return this.start.classes_version - (gone ? 1 : 0);
  }
}
