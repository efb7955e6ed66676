// Questions to the server. Every function gives parsed JSON or throws a Problem.

const kTokenKey = "aml-token";

// kind: "gone" (no answer at all), "token" (401), "hidden" (403: the review is blind), "missing" (404), "unavailable" (503), "other".
export class Problem extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export function token() {
  return sessionStorage.getItem(kTokenKey) ?? "";
}

export function setToken(text) {
  if (text === "") sessionStorage.removeItem(kTokenKey);
  else sessionStorage.setItem(kTokenKey, text);
}

const kKinds = { 401: "token", 404: "missing", 503: "unavailable" };

// What the server answered, as JSON. more: what fetch() takes, with headers of its own; kinds: of Problems, by status, beside those of all questions. A Problem
// has the answer's `status`, and as `alerts` those that stand in a decision's way.
export async function ask(path, { headers = {}, kinds = {}, ...more }) {
  const all = { Accept: "application/json", ...headers };
  if (token() !== "") all.Authorization = `Bearer ${token()}`;
  let response;
  let answer = null;
  try {
    response = await fetch(path, { ...more, headers: all });
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (response === undefined || response.ok) throw new Problem("gone", "The server does not answer.");
  }
  if (response.ok) return { response, answer };
  // No JSON: something between here and the server spoke, which knows nothing of what is ours alone.
  const problem = new Problem({ ...kKinds, ...(answer === null ? {} : kinds) }[response.status] ?? "other", String(answer?.detail ?? `the server answered ${response.status}`));
  problem.status = response.status;
  problem.alerts = answer?.alerts ?? [];
  throw problem;
}

let heard = () => {};

// f(day, batch) is told which batch of a day has answered: a day may be processed again between two questions.
export function onBatch(f) {
  heard = f;
}

// The browser's cache asks the server each time (304 where nothing has changed): what is shown together is of one batch.
async function get(path, signal, day = "") {
  const { response, answer } = await ask(path, { signal, cache: "no-cache", kinds: { 403: "hidden" } });
  const batch = response.headers.get("AML-Batch");
  if (day !== "" && batch !== null) {
    Object.defineProperty(answer, "batch", { value: batch });
    heard(day, batch);
  }
  return answer;
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
