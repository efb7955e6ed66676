// Questions about what people decided on alerts, and what is told of it.
import { token, Problem } from "./api.js";

const kKinds = { 401: "token", 404: "missing", 503: "unavailable" };

// A Problem has the answer's `status`, and as `alerts` those that stand in a decision's way.
export async function ask(method, path, { body, version, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (token() !== "") headers.Authorization = `Bearer ${token()}`;
  const options = { method, headers, signal, cache: "no-store" };
  if (method === "POST") {
    headers["Content-Type"] = "application/json";
    headers["If-Match"] = version;
    options.body = JSON.stringify(body);
  }
  let response;
  let answer = null;
  try {
    response = await fetch(path, options);
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (response === undefined || response.ok) throw new Problem("gone", "The server does not answer.");
  }
  if (response.ok) return answer;
  const problem = new Problem(kKinds[response.status] ?? "other", String(answer?.detail ?? `the server answered ${response.status}`));
  problem.status = response.status;
  problem.alerts = answer?.alerts ?? [];
  throw problem;
}

// What of a version says which batch it is of.
export const batchOf = (version) => version.split("-").at(2);

export const casesOf = (day) => `cases/days/${encodeURIComponent(day)}`;
export const caseOf = (day, id, signal) => ask("GET", `${casesOf(day)}/alerts/${encodeURIComponent(id)}`, { signal });

// What stands in the table and is filtered by.
export function decisionOf(state) {
  if (state === undefined) return "undecided";
  if (state.stage === "open") return state.verdict === "" ? "undecided" : state.verdict;
  return state.stage === "decided" ? state.verdict : state.stage;
}
