/** The export page: which file is asked for, and how the command line asks for the same. */

const form = document.getElementById("export");
const shares = document.getElementById("shares");
const command = document.getElementById("command");

function wanted() {
  const query = new URLSearchParams();
  const { format, include, split_by: by, upright_copies: copies } = Object.fromEntries(new FormData(form));
  if (format) query.set("format", format);
  if (include !== "final") query.set("include", include);
  if (!document.getElementById("provenance").checked) query.set("provenance", "false");
  if (copies) query.set("upright_copies", "true");
  if (by) {
    query.set("split", [...form.querySelectorAll("[data-share]")].map((input) => input.value || "0").join("/"));
    query.set("split_by", by);
  }
  return query;
}

const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The options of `tenfold export` are called as the query's, with dashes. */
function asCommand(query) {
  const { project } = command.dataset;
  const options = [...query].map(([name, value]) => {
    const option = name.replaceAll("_", "-");
    if (value === "true") return `--${option}`;
    return value === "false" ? `--no-${option}` : `--${option} ${quoted(value)}`;
  });
  return [`tenfold export ${project}`, ...options, `--to ${project}.zip`].join(" ");
}

function show() {
  const query = wanted();
  shares.hidden = !query.has("split");
  const path = `${form.getAttribute("action")}?${query}`;
  command.textContent = `${asCommand(query)}\nGET ${path}`;
}

form.addEventListener("input", show);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const note = document.getElementById("export-note");
  const address = `${form.getAttribute("action")}?${wanted()}`;
  // Only what is refused at once is asked for twice: the file itself is the browser's to save.
  const asked = new AbortController();
  const answer = await fetch(address, { signal: asked.signal }).catch(() => null);
  if (!answer?.ok) {
    const problem = await answer?.json().catch(() => null);
    note.textContent = problem?.error ?? "The server doesn’t answer.";
    return;
  }
  asked.abort();
  note.textContent = "The download has begun.";
  location.assign(address);
});
show();
