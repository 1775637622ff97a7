/** What is said beside the answer: a word to the reviewer, and where an image comes from. */

const byId = (id) => document.getElementById(id);

/** Ask for a word to the reviewer about an image; `kept()` is called when it is there. */
export function flag(item, kept) {
  const dialog = byId("flagging");
  const field = byId("flag-text");
  field.value = item.comment ?? "";
  dialog.onclose = () => {
    if (dialog.returnValue === "save") item.comment = field.value.trim();
    kept();
  };
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
}

/** Why a reviewer sent an image back to whom labeled it. */
function showReturned({ returned } = {}) {
  const place = byId("returned");
  place.hidden = !returned;
  place.textContent = returned ? `Sent back by ${returned.by}${returned.comment ? `: “${returned.comment}”` : "."}` : "";
}

/** Whose proposal an image comes with, and how sure it is where one image is shown. */
function proposal({ prelabel, model_version: version, model_number: number, confidence }, alone) {
  if (!prelabel || !version) return "";
  const sure = alone && confidence !== null ? `, ${Math.round(100 * confidence)} % sure` : "";
  return number ? `proposed by model version ${number}${sure}` : `proposed${sure}`;
}

/** Show what is known of the images of a page. */
export function showFacts([item, ...others]) {
  showReturned(item);
  const flagged = [item, ...others].find((each) => each?.comment)?.comment;
  byId("flag-chip").hidden = !flagged;
  byId("flag-chip").textContent = flagged ? `⚑ ${flagged}` : "";
  const alone = !others.length;
  const source = item && alone ? [item.path, ...Object.entries(item.columns).map(([name, value]) => `${name}: ${value}`)] : [];
  byId("facts").textContent = item ? [proposal(item, alone), ...source].filter(Boolean).join("\u00a0· ") : "";
}
