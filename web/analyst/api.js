// Questions to the server. Every function gives parsed JSON or throws a Problem.

const kTokenKey = "aml-token";

// kind: "gone" (no answer at all), "token" (401), "missing" (404), "unavailable" (503), "other".
export class Problem extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const kKinds = { 401: "token", 403: "token", 404: "missing", 503: "unavailable" };

export function token() {
  return sessionStorage.getItem(kTokenKey) ?? "";
}

export function setToken(text) {
  if (text === "") sessionStorage.removeItem(kTokenKey);
  else sessionStorage.setItem(kTokenKey, text);
}

async function problem(response) {
  let detail = `the server answered ${response.status}`;
  try {
    detail = String((await response.json()).detail ?? detail);
  } catch {
    // No JSON: something between here and the server spoke.
  }
  return new Problem(kKinds[response.status] ?? "other", detail);
}

async function get(path, signal) {
  const headers = { Accept: "application/json" };
  if (token() !== "") headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(path, { headers, signal });
    if (response.ok) return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("gone", "The server does not answer.");
  }
  throw await problem(response);
}

const part = encodeURIComponent;

export const dates = () => get("dates/available");
export const metadata = (day, signal) => get(`metadata/${part(day)}`, signal);
export const features = (day, signal) => get(`features/${part(day)}`, signal);
export const table = (day) => get(`table/alerts/${part(day)}`);
export const alert = (day, id, signal) => get(`alerts/${part(day)}/${part(id)}`, signal);
export const input = (day, id, signal) => get(`inputs/alerts/${part(day)}/${part(id)}`, signal);
export const cluster = (day, id, signal) => get(`clusters/${part(day)}/${part(id)}`, signal);
export const patterns = (day, address, signal) =>
  get(`flows/${part(day)}/${part(address)}?patterns=true`, signal);
export const flows = (day, address, hops, signal) =>
  get(`flows/${part(day)}/${part(address)}?hops=${hops}`, signal);
