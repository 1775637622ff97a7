/** Calls of the HTTP API. */

export class ApiError extends Error {
  constructor(status, body) {
    super(body?.error ?? `The server answered ${status}.`);
    this.status = status;
    this.fields = body?.fields ?? {};
    this.missing = body?.missing;
  }
}

/** The server can't be reached, or is not up: the same call may go through later. */
export class OfflineError extends Error {
  constructor() {
    super("The server doesn't answer.");
  }
}

const MAY_PASS = new Set([502, 503, 504]);

export function call(method, path, body, { timeout = 30_000, keepalive = false } = {}) {
  return answered(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(timeout),
    keepalive,
  });
}

/** Send a file, however long it takes. */
export const postFile = (path, file) => answered(path, { method: "POST", body: file });

/**
 * Put a file, however long it takes; `heard(bytes)` is told what is sent. Returns whether it is new
 * there: `fetch` tells nobody how far it is.
 */
export function putFile(path, file, { heard, signal }) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded }) => heard(loaded));
    request.addEventListener("load", () => {
      const { status, response } = request;
      if (MAY_PASS.has(status)) failed(new OfflineError());
      else if (status >= 400) failed(new ApiError(status, response));
      else done({ ...response, fresh: status === 201 });
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, () => failed(new OfflineError()));
    if (signal.aborted) return failed(new OfflineError());
    signal.addEventListener("abort", () => request.abort(), { once: true });
    return request.send(file);
  });
}

async function answered(path, request) {
  const response = await fetch(path, request).catch(() => {
    throw new OfflineError();
  });
  if (MAY_PASS.has(response.status)) throw new OfflineError();
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

/** Send a last word while the page is left; nobody waits for what comes of it. */
export function postLast(path, body) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true };
  fetch(path, request).catch(() => {});
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const put = (path, body) => call("PUT", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);
