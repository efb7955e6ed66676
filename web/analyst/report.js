// A case report: what is known of one alert, an address or a cluster on a day, for print, as Markdown, as JSON and its graph as GraphML. A draft for who
// writes the narrative: nothing here is filed anywhere.
import * as api from "./api.js";
import { placeOf } from "./explorer.js";
import { chanceInWords, rawScore } from "./fit.js";
import { firstStageLines } from "./first_stage.js";
import { time, words } from "./format.js";
import { Known, knownInWords } from "./known.js";
import { otherwise, parseExplanation, reasonsOf, registryOf, sentenceOf } from "./reasons.js";

export const kKinds = ["alert", "address", "cluster"];
const kMostAlerts = 20;
const kMostReasons = 12;
export const kHidden = "hidden until it is decided";  // of a blind review
export const scoreOrHidden = (value) => (value === null || value === undefined ? kHidden : value.toFixed(4));
const kMostAddresses = 3;  // of which the money is told

// Rows of the report's alerts, by rank.
export function rowsOf(alerts, row, kind) {
  if (kind === "address") return alerts.address(row) === null ? [row] : alerts.rowsOf(alerts.address(row));
  if (kind !== "cluster" || alerts.cluster(row) === null) return [row];
  const rows = [];
  for (let other = 0; other < alerts.size; ++other) if (alerts.cluster(other) === alerts.cluster(row)) rows.push(other);
  return rows;
}

async function orNull(question) {
  try {
    return await question;
  } catch (error) {
    if (error.name === "AbortError" || error.kind === "gone") throw error;
    return null;  // the report says what it lacks
  }
}

async function alertPart(alerts, row, registry, metadata, signal) {
  const id = alerts.id[row];
  const [answer, input] = await Promise.all([api.alertUnlessHidden(alerts.day, id, signal), alerts.inputs.alerts === "read" ? orNull(api.input(alerts.day, id, signal)) : null]);
  const explanation = parseExplanation(answer?.explain_json);
  const reasons = explanation === null ? null : reasonsOf(explanation, rawScore(answer, metadata), registry);
  const strongest = (reasons?.families ?? []).flatMap((family) => family.reasons.map((reason) => ({ ...reason, family: family.name })))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, kMostReasons);
  return {
    alert_id: id, address: alerts.address(row), typology: alerts.typology(row), severity: alerts.severity(row), cluster_id: alerts.cluster(row),
    rank: alerts.rank[row], alerts_of_day: alerts.size, hidden: answer === null, score: answer?.score ?? null, probability: answer?.probability ?? null,
    in_words: answer === null ? "" : chanceInWords(answer.probability, metadata),
    on_sanctions_list: alerts.sanctioned(row), volume_usd: alerts.volume(row), producers_confidence: alerts.confidence(row),
    known_as: input?.known?.[alerts.address(row)] ?? [], description: input?.description ?? null, indicators: input?.risk_indicators ?? [],
    families: explanation?.families ?? null, otherwise: otherwise(answer?.counterfactual, registry), first_stage: answer?.first_stage ?? null,
    reasons: strongest.map((reason) => ({ sentence: sentenceOf(reason), effect: reason.contribution < 0 ? "lowers" : "raises", contribution: reason.contribution,
                                          feature: reason.name, value: reason.value, family: reason.family })),
  };
}

async function moneyPart(alerts, address, signal) {
  const answer = await orNull(api.patterns(alerts.day, address, signal));
  if (answer === null) return null;
  const { incoming, outgoing, edges, nodes, patterns, known } = answer;
  return { address, incoming, outgoing, patterns: patterns ?? [], nodes, known: known ?? {},
           transfers: edges.map((edge) => ({ ...edge, first: time(edge.first_timestamp), last: time(edge.last_timestamp) })) };
}

function madeFrom(metadata) {
  const models = Object.fromEntries(Object.entries(metadata.models ?? {}).map(([task, { version, sha256 }]) => [task, { version, sha256 }]));
  return { program: `${metadata.program ?? "aml-miner"} ${metadata.program_version ?? ""}`.trim(), processed_at: metadata.processed_at, snapshot_sha256: metadata.snapshot_sha256,
           feature_sql_sha256: metadata.whole_feature_sql_sha256, models, fit: metadata.fit?.verdict ?? "unknown", warnings: metadata.warnings ?? [] };
}

// Everything of a report, from the server's answers: plain data, which is also its JSON. decided(day, ids, signal): what people did to alerts of these ids, by
// id; null where the server knows nothing of cases. Where it does not say, decisions are null: not known.
export async function makeReport(alerts, row, kind, signal, decided = async () => null) {
  const rows = rowsOf(alerts, row, kind);
  const [metadata, features] = await Promise.all([api.metadata(alerts.day, signal), orNull(api.features(alerts.day, signal))]);
  const registry = registryOf(features ?? {});
  const shown = rows.slice(0, kMostAlerts);
  const parts = await Promise.all(shown.map((one) => alertPart(alerts, one, registry, metadata, signal)));
  const addresses = [...new Set(parts.map((part) => part.address).filter((address) => address !== null))];
  const told = alerts.inputs.money_flows === "read" ? addresses.slice(0, kMostAddresses) : [];
  const [money, history, decisions] = await Promise.all([
    Promise.all(told.map((address) => moneyPart(alerts, address, signal))),
    addresses.length === 1 ? orNull(api.address(addresses[0], signal)) : null,
    decided(alerts.day, parts.map((part) => part.alert_id), signal).catch((error) => {
      if (error.name === "AbortError") throw error;
      return new Map();
    }),
  ]);
  signal.throwIfAborted();
  if (decisions !== null) for (const part of parts) part.decisions = decisions.get(part.alert_id) ?? null;
  const subject = { alert: parts[0].alert_id, address: parts[0].address, cluster: parts[0].cluster_id }[kind] ?? parts[0].alert_id;
  return { status: "draft, not filed", kind, subject, processing_date: alerts.day, network: alerts.network, alerts: parts, more_alerts: rows.length - shown.length,
           money: money.filter((one) => one !== null), more_addresses: addresses.length - told.length,
           earlier_days: (history?.days ?? []).filter((day) => day.processing_date < alerts.day && day.alerts !== null), made_from: madeFrom(metadata) };
}

// What people did to an alert, a line each; what was taken back says so.
export function linesOf(entries) {
  const undone = new Set(entries.map((entry) => entry.undoes).filter((sequence) => sequence !== 0));
  const numbers = new Map(entries.map((entry, i) => [entry.sequence, i + 1]));
  return entries.map((entry) => {
    const parts = [words(entry.action), words(entry.verdict), entry.undoes === 0 ? "" : `of line ${numbers.get(entry.undoes) ?? "?"}`, entry.assignee === "" ? "" : `to ${entry.assignee}`,
                   entry.due === "" ? "" : `due ${entry.due}`, entry.reason === "" ? "" : `(${entry.reason})`, entry.note, undone.has(entry.sequence) ? "– undone" : ""];
    return `${entry.at.slice(0, 16).replace("T", " ")} ${entry.author}: ${parts.filter((part) => part !== "").join(" ")}`;
  });
}

// The same for a report: a sentence where there are none, or where they are not known.
export function saidOf(entries, each) {
  if (entries === null) return ["What people did to it is not known: the server did not say."];
  return entries.length === 0 ? ["Nobody has decided on it."] : linesOf(entries).map(each);
}

// --- Markdown ---------------------------------------------------------------------------------------------------

// Text of strangers must not become a heading, a link or HTML.
const escaped = (text) => String(text ?? "").replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~!()]/g, "\\$&").replaceAll(/^([-+=]|\d+\.)/g, "\\$&")
  .replaceAll(/(?<![A-Za-z])(https?|ftp):(?=\/\/)/gi, "$1\\:").replaceAll(/(?<![A-Za-z0-9])www\./gi, (found) => `${found.slice(0, -1)}\\.`).replaceAll("@", "\\@");  // what GFM makes links of by itself
const dollars = (value) => (typeof value === "number" ? `$${value.toLocaleString("en-US", { maximumFractionDigits: 2 })}` : "");

// An address, as a link where the server knows an explorer. What the server was told stands in it, and the address percent-encoded: nothing that ends <…>.
// labels: what it is known as.
function linked(network, address, labels = []) {
  const place = placeOf(network, address);
  const text = place === "" ? escaped(address) : `[${escaped(address)}](<${place}>)`;
  return labels.length === 0 ? text : `${text} (${escaped(knownInWords(labels))})`;
}

function table(heads, rows) {
  return [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---").join("|")}|`, ...rows.map((row) => `| ${row.join(" | ")} |`), ""];
}

export function markdownOf(report) {
  const lines = [`# Case report: ${report.kind} ${escaped(report.subject)}`, "", `Draft, not filed. Day ${report.processing_date}, network ${escaped(report.network)}.`, ""];
  for (const alert of report.alerts) {
    lines.push(`## Alert ${escaped(alert.alert_id)}`, "");
    lines.push(...table(["", ""], [["Address", linked(report.network, alert.address, alert.known_as)], ["Typology", escaped(alert.typology)], ["Severity", escaped(alert.severity)],
      ["Volume", dollars(alert.volume_usd)], ["Rank", `${alert.rank ?? "not ranked"} of ${alert.alerts_of_day}`], ["Score", scoreOrHidden(alert.score)],
      ["Probability of a report", alert.hidden ? kHidden : alert.probability === null ? "not known" : `${(alert.probability * 100).toFixed(1)} %`],
      ["On a sanctions list", alert.on_sanctions_list ? "yes" : "no"]]));
    if (alert.in_words !== "") lines.push(alert.in_words, "");
    if (alert.description) lines.push(`The producer says: ${escaped(alert.description)}`, "");
    lines.push(...alert.reasons.map((reason) => `- ${reason.effect === "raises" ? "Raises" : "Lowers"} it: ${escaped(reason.sentence)}`), "");
    if (alert.otherwise !== "") lines.push(escaped(alert.otherwise), "");
    for (const [said, reasons] of firstStageLines(alert.first_stage)) lines.push(`- ${escaped(said)}`, ...reasons.map((reason) => `  - ${escaped(reason)}`), "");
    if (alert.decisions !== undefined) lines.push("### What people did", "", ...saidOf(alert.decisions, (line, i) => `${i + 1}. ${escaped(line)}`), "");
  }
  if (report.more_alerts > 0) lines.push(`${report.more_alerts} more alerts are not told here.`, "");
  for (const money of report.money) {
    const known = new Known().learn(money.known);
    const told = (address) => linked(report.network, address, known.of(address));
    lines.push(`## Money of ${told(money.address)}`, "", `Received ${dollars(money.incoming.amount_usd)} in ${money.incoming.transfers} transfers, sent ${dollars(money.outgoing.amount_usd)} in ${money.outgoing.transfers}.`, "");
    lines.push(...table(["From", "To", "Amount", "Transfers", "First", "Last"], money.transfers.map((edge) => [told(edge.source_address), told(edge.dest_address), dollars(edge.amount_usd), edge.transfers, edge.first, edge.last])));
    lines.push(...money.patterns.map((one) => `- ${escaped(one.pattern_type)} of ${one.pattern_addresses} addresses, ${dollars(one.amount_usd)}`), "");
  }
  if (report.earlier_days.length > 0) {
    lines.push("## Earlier days", "", ...table(["Day", "Typology", "Rank", "Score"], report.earlier_days.flatMap((day) => day.alerts.map((one) => [day.processing_date, escaped(one.typology_type), one.rank ?? "", scoreOrHidden(one.score)]))));
  }
  const made = report.made_from;
  lines.push("## What it was made from", "", ...table(["", ""], [["Program", escaped(made.program)], ["Processed", escaped(made.processed_at)], ["Snapshot, sha256", escaped(made.snapshot_sha256)],
    ["Feature SQL, sha256", escaped(made.feature_sql_sha256)], ...Object.entries(made.models).map(([task, model]) => [`${escaped(task)} ${escaped(model.version)}, sha256`, escaped(model.sha256)]), ["Fit", escaped(made.fit)]]));
  lines.push(...made.warnings.map((text) => `- ${escaped(text)}`));
  return `${lines.join("\n").trimEnd()}\n`;
}

// --- GraphML ----------------------------------------------------------------------------------------------------

// What XML 1.0 cannot hold is left out.
const xml = (text) => String(text ?? "").replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
  .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export function graphmlOf(report) {
  const nodes = new Map();
  const edges = new Map();
  const known = new Known();
  for (const money of report.money) {
    known.learn(money.known);
    for (const node of money.nodes) nodes.set(node.address, node);
    for (const edge of money.transfers) edges.set(`${edge.source_address}\n${edge.dest_address}`, edge);
  }
  const keys = [["node", "address", "string"], ["node", "is_service", "boolean"], ["node", "known_as", "string"], ["edge", "transfers", "long"], ["edge", "amount_usd", "double"], ["edge", "first", "string"], ["edge", "last", "string"], ["edge", "on_cycle", "boolean"]];
  const ids = new Map([...nodes.keys()].map((address, i) => [address, `n${i}`]));
  const data = (name, value) => `<data key="${name}">${xml(value)}</data>`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...keys.map(([of, name, type]) => `  <key id="${name}" for="${of}" attr.name="${name}" attr.type="${type}"/>`), '  <graph edgedefault="directed">',
    ...[...nodes.values()].map((node) => `    <node id="${ids.get(node.address)}">${data("address", node.address)}${data("is_service", node.is_service)}${known.of(node.address).length === 0 ? "" : data("known_as", knownInWords(known.of(node.address)))}</node>`),
    ...[...edges.values()].filter((edge) => ids.has(edge.source_address) && ids.has(edge.dest_address)).map((edge) => `    <edge source="${ids.get(edge.source_address)}" target="${ids.get(edge.dest_address)}">`
      + `${["transfers", "amount_usd", "first", "last", "on_cycle"].map((name) => data(name, edge[name])).join("")}</edge>`),
    "  </graph>", "</graphml>", ""].join("\n");
}
