// Questions about what people decided on alerts, and what is told of it.
import * as api from "./api.js";

export async function ask(method, path, { body, version, signal } = {}) {
  const write = method === "POST" ? { headers: { "Content-Type": "application/json", "If-Match": version }, body: JSON.stringify(body) } : {};
  return (await api.ask(path, { method, signal, cache: "no-store", ...write })).answer;
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
