/** Which images of a grid were marked and not sent: kept by this tab, so that a reload loses none. */

export class Marks {
  constructor({ project_id, person }) {
    this.key = `tenfold:${project_id}:${person}:marked`;
  }

  /** Hashes of the images that were marked when this was told last. */
  get kept() {
    return new Set(JSON.parse(sessionStorage.getItem(this.key)));
  }

  keep(tiles) {
    const marked = tiles.filter(({ picked }) => picked).map(({ item }) => item.sha256);
    sessionStorage.setItem(this.key, JSON.stringify(marked));
  }
}
