/**
 * The service worker: while the server is down, a label page that is reloaded comes up from what
 * was kept of it. Whenever the server answers, its word is taken: new versions are there at once.
 */

const SHELL = "tenfold:shell";
const OWN = "tenfold:own:";
const DOWN = new Set([502, 503, 504]);
const PATIENCE = 10_000;
const LABEL_PAGE = /^\/projects\/[^/]+\/label$/;
const PICTURE = /^\/api\/projects\/[^/]+\/images\/[0-9a-f]{64}\/(thumb|screen|original)$/;
/** Whoever passes here may be somebody else afterwards. */
const DOORS = /^\/(signin|signout|join\/.*|api\/session)$/;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

/** Throw away what was kept of a person, but for answers that wait to be sent: those are not here. */
async function forget() {
  const door = new BroadcastChannel(OWN);
  door.postMessage("forget");
  door.close();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OWN)).map((name) => caches.delete(name)));
}

const kept = (request) => caches.match(request.url, { ignoreSearch: true, ignoreVary: true });

/** Ask the server; null where it is down. */
async function asked(request, options) {
  const response = await fetch(request, options).catch(() => null);
  return response && !DOWN.has(response.status) ? response : null;
}

async function page(request) {
  const response = await asked(request, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response) return (await kept(request)) ?? fetch(request);
  if (!response.ok) await forget();
  return response;
}

async function file(request) {
  const response = await asked(request);
  if (!response) return (await kept(request)) ?? Response.error();
  if (response.ok) await keep(request, response.clone());
  return response;
}

async function keep(request, response) {
  const shell = await caches.open(SHELL);
  const before = await shell.match(request.url);
  if (before?.headers.get("etag") !== response.headers.get("etag")) await shell.put(request.url, response);
}

async function picture(request) {
  return (await asked(request)) ?? (await kept(request)) ?? Response.error();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  const asks = request.method === "GET" && pathname === "/api/session";
  if (DOORS.test(pathname) && !asks) event.respondWith(forget().then(() => fetch(request)));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate" && LABEL_PAGE.test(pathname)) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (PICTURE.test(pathname)) event.respondWith(picture(request));
});
