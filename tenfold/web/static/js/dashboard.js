/** The dashboard: what changes comes over the line; without one it is asked for. */

import { Live } from "./live.js";
import { partOf, putPart, refresh } from "./parts.js";
import { tellTimes } from "./times.js";

const ASKED = 10_000;
const { project } = document.getElementById("dashboard").dataset;
let up = false;

new Live(project, "dashboard", {
  part({ html }) {
    putPart(partOf(html));
    tellTimes();
  },
  up: () => (up = true),
  down: () => (up = false),
  out: () => location.reload(),
});

setInterval(() => up || document.hidden || refresh().catch(() => {}), ASKED);
