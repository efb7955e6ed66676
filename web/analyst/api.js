// Questions to the server. Every function gives parsed JSON or throws a Problem.

const kTokenKey = "aml-token";

// kind: "gone" (no answer at all), "token" (401), "hidden" (403: the review is blind), "missing" (404), "unavailable" (503), "other".
export class Problem extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const kKinds = { 401: "token", 403: "hidden", 404: "missing", 503: "unavailable" };

export function token() {
  return sessionStorage.getItem(kTokenKey) ?? "";
}

export function setToken(text) {
  if (text === "") sessionStorage.removeItem(kTokenKey);
  else sessionStorage.setItem(kTokenKey, text);
}

async function problem(response) {
  let detail = `the server answered ${response.status}`;
  let isOurs = true;
  try {
    detail = String((await response.json()).detail ?? detail);
  } catch {
    isOurs = false;  // no JSON: something between here and the server spoke, which knows no blind reviews
  }
  return new Problem(response.status === 403 && !isOurs ? "other" : kKinds[response.status] ?? "other", detail);
}

let heard = () => {};

// f(day, batch) is told which batch of a day has answered: a day may be processed again between two questions.
export function onBatch(f) {
  heard = f;
}

// The browser's cache asks the server each time (304 where nothing has changed): what is shown together is of one batch.
async function get(path, signal, day = "") {
  const headers = { Accept: "application/json" };
  if (token() !== "") headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(path, { headers, signal, cache: "no-cache" });
    if (response.ok) {
      const answer = await response.json();
      const batch = response.headers.get("AML-Batch");
      if (day !== "" && batch !== null) {
        Object.defineProperty(answer, "batch", { value: batch });
        heard(day, batch);
      }
      return answer;
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("gone", "The server does not answer.");
  }
  throw await problem(response);
}

const part = encodeURIComponent;

export const networks = () => get("networks");
export const dates = () => get("dates/available");
export const metadata = (day, signal) => get(`metadata/${part(day)}`, signal, day);
export const commitment = (day, signal) => get(`commitments/${part(day)}`, signal, day);
export const features = (day, signal) => get(`features/${part(day)}`, signal, day);
export const models = (day, signal) => get(`models/${part(day)}`, signal, day);
export const table = (day) => get(`table/alerts/${part(day)}`, undefined, day);
export const alert = (day, id, signal) => get(`alerts/${part(day)}/${part(id)}`, signal, day);
// null where score and reasons are hidden until somebody has decided.
export async function alertUnlessHidden(day, id, signal) {
  try {
    return await alert(day, id, signal);
  } catch (error) {
    if (error.kind === "hidden") return null;
    throw error;
  }
}
export const input = (day, id, signal) => get(`inputs/alerts/${part(day)}/${part(id)}`, signal, day);
export const cluster = (day, id, signal) => get(`clusters/${part(day)}/${part(id)}`, signal, day);
export const address = (address, signal) => get(`addresses/${part(address)}?days=90`, signal);
export const patterns = (day, address, signal) =>
  get(`flows/${part(day)}/${part(address)}?patterns=true`, signal, day);
export const flows = (day, address, hops, signal) =>
  get(`flows/${part(day)}/${part(address)}?hops=${hops}`, signal, day);
// asked: {from, to, offset, limit, bins}; null leaves one out.
export const transfers = (day, address, asked, signal) => {
  const given = Object.entries(asked).filter(([, value]) => value !== null);
  return get(`transfers/${part(day)}/${part(address)}?${new URLSearchParams(given)}`, signal, day);
};
