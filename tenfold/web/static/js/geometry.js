/** Points, rectangles and what lies under a pointer, in pixels of the shown picture. */

export function bounds(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

export const corners = ({ minX, minY, maxX, maxY }) => [[minX, minY], [maxX, minY], [maxX, maxY], [minX, maxY]];

/** Twice the signed area of an outline. */
const doubleArea = (points) => points.reduce((sum, [x, y], i) => {
  const [nextX, nextY] = points[(i + 1) % points.length];
  return sum + x * nextY - nextX * y;
}, 0);

/** A place along one side, brought back into the picture. */
export const within = (v, most) => Math.min(most, Math.max(0, v));

export const area = (points) => Math.abs(doubleArea(points)) / 2;

function holds(points, [x, y]) {
  let held = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    const [xi, yi] = points[i];
    const [xj, yj] = points[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) held = !held;
  }
  return held;
}

export function distanceToLine([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

function near(points, point, reach) {
  return points.some((from, i) => distanceToLine(point, from, points[(i + 1) % points.length]) <= reach);
}

/** Indices of the outlines at a point, the smallest first; `reach` makes the tiny ones easy to hit. */
export function under(outlines, point, reach) {
  return outlines
    .map((points, index) => ({ index, size: area(points), hit: holds(points, point) || near(points, point, reach) }))
    .filter(({ hit }) => hit)
    .sort((a, b) => a.size - b.size)
    .map(({ index }) => index);
}

/** Move an outline as far as the picture goes. */
export function moved(points, dx, dy, width, height) {
  const { minX, minY, maxX, maxY } = bounds(points);
  const fitting = (by, least, most, end) => Math.max(Math.min(0, -least), Math.min(by, Math.max(0, end - most)));
  const [byX, byY] = [fitting(dx, minX, maxX, width), fitting(dy, minY, maxY, height)];
  return points.map(([x, y]) => [x + byX, y + byY]);
}

/** Bring an outline back into the picture: as it is where it was only moved, else as far as the picture goes. */
export function inside(points, before, width, height) {
  const [box, was] = [bounds(points), bounds(before)];
  const same = (a, b) => Math.abs(a - b) < 0.5;
  const onlyMoved = same(box.maxX - box.minX, was.maxX - was.minX) && same(box.maxY - box.minY, was.maxY - was.minY);
  const back = (least, most, end) => (least < 0 ? -least : Math.max(-least, Math.min(0, end - most)));
  const [dx, dy] = onlyMoved ? [back(box.minX, box.maxX, width), back(box.minY, box.maxY, height)] : [0, 0];
  return points.map(([x, y]) => [within(x + dx, width), within(y + dy, height)]);
}

/** Move the right and the lower edge of an outline, which keeps at least a pixel of width. */
export function resized(points, dx, dy, width, height) {
  const { minX, minY, maxX, maxY } = bounds(points);
  const scale = (by, least, most, end) => (Math.max(Math.min(most + by, end), least + 1) - least) / (most - least || 1);
  const [sx, sy] = [scale(dx, minX, maxX, width), scale(dy, minY, maxY, height)];
  return points.map(([x, y]) => [minX + (x - minX) * sx, minY + (y - minY) * sy]);
}
