/** "3 min ago": kept true while the page stays open, with the moment itself in the reader's time. */

const STEPS = [[60, 1, "s", 0], [3600, 60, "min", 0], [86_400, 3600, "h", 1], [Infinity, 86_400, "days", 1]];

export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  if (seconds < 10) return "just now";
  const [, unit, name, digits] = STEPS.find(([end]) => seconds < end);
  return `${(seconds / unit).toFixed(digits)} ${name} ago`;
}

export function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.title = moment.toLocaleString();
    time.textContent = ago(moment);
  }
}
