// Questions about what people decided on alerts, and what is told of it.
import { token, Problem } from "./api.js";

const kKinds = { 401: "token", 404: "missing", 503: "unavailable" };

export async function ask(method, path, body, version) {
  const headers = { Accept: "application/json" };
  if (token() !== "") headers.Authorization = `Bearer ${token()}`;
  const options = { method, headers, cache: "no-store" };
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
  } catch {
    if (response === undefined) throw new Problem("gone", "The server does not answer.");
  }
  if (response.ok) return answer;
  const problem = new Problem(kKinds[response.status] ?? "other", String(answer?.detail ?? `the server answered ${response.status}`));
  problem.status = response.status;
  throw problem;
}

// What stands in the table and is filtered by.
export function decisionOf(state) {
  if (state === undefined) return "undecided";
  if (state.stage === "open") return state.verdict === "" ? "undecided" : state.verdict;
  return state.stage === "decided" ? state.verdict : state.stage;
}
