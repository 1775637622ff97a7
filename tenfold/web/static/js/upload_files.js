/** Files that somebody chose or dropped, each with its path; folders are walked through. */

const JUNK = new Set(["Thumbs.db", "desktop.ini", "__MACOSX"]);

/** Hidden files, and what operating systems leave behind, are meant by nobody. */
const meant = ({ path }) => !path.split("/").some((part) => part.startsWith(".") || JUNK.has(part));

/** The files of an input. */
export function picked(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name })).filter(meant);
}

/** The files of a drop. */
export async function dropped(transfer) {
  // Entries are to be had only before the event is over.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return picked(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found.filter(meant);
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
    if (file) found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a folder in parts, and nothing at its end.
    const part = await new Promise((done, failed) => reader.readEntries(done, failed)).catch(() => []);
    if (!part.length) return;
    for (const inner of part) await walk(inner, found);
  }
}
