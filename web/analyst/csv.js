// What the table shows, as a CSV file.

const unlessGone = (value) => (a, row) => (a.isGone(row) ? null : value(a, row));
const before = (value) => (a, row) => (a.before[row] < 0 ? null : value(a.older, a.before[row]));

const kColumns = [
  ["rank", unlessGone((a, row) => a.rank[row])],
  ["alert_id", (a, row) => a.id[row]],
  ["score", unlessGone((a, row) => a.score[row])],
  ["rank_score", unlessGone((a, row) => a.rankScore[row])],
  ["severity", (a, row) => a.severity(row)],
  ["typology_type", (a, row) => a.typology(row)],
  ["address", (a, row) => a.address(row)],
  ["sanctioned", unlessGone((a, row) => (a.sanctioned(row) ? 1 : null))],
  ["suspected_address_type", (a, row) => a.suspected(row)],
  ["volume_usd", (a, row) => a.volume(row)],
  ["alert_confidence_score", (a, row) => a.confidence(row)],
  ["cluster_id", (a, row) => a.cluster(row)],
];
const kComparedColumns = [
  ["change", (a, row) => a.change[row]],
  ["score_change", (a, row) => a.difference(row)],
  ["score_before", before((a, row) => a.score[row])],
  ["rank_before", before((a, row) => a.rank[row])],
];

// A spreadsheet takes text that begins like this for a formula and runs it (OWASP, "CSV Injection"), also behind blanks.
const kFormula = /^(?:[\t\r\n]|[\s\0-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

export function field(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = kFormula.test(value) ? `'${value}` : value;
  return /[",\r\n';]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// more: further columns, [name, value of the row at a place].
export function csvText(alerts, rows, more = []) {
  const columns = alerts.change === null ? kColumns : [...kColumns, ...kComparedColumns];
  const lines = [[...columns, ...more].map(([name]) => name).join(",")];
  rows.forEach((row, at) => lines.push([...columns.map(([, value]) => field(value(alerts, row))), ...more.map(([, value]) => field(value(at)))].join(",")));
  return `${lines.join("\r\n")}\r\n`;
}

const kLongestName = 120;

// "alerts_2025-10-26_severity-high_q-structuring": the day and the filters, in letters that every file system takes.
export function fileName(place, day) {
  const parts = [`alerts_${day}`];
  const add = (name, value) => {
    const text = String(value).replaceAll(/[^A-Za-z0-9.+]+/g, "-").replaceAll(/^-+|-+$/g, "");
    if (text !== "") parts.push(`${name}-${text}`);
  };
  for (const name of ["q", "severity", "change", "min", "max", "group", "compare"]) {
    const value = place[name] ?? "";
    add(name, Array.isArray(value) ? value.join("+") : value);
  }
  return parts.join("_").slice(0, kLongestName);
}

// Gives the browser a file to save.
export function save(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const download = (alerts, rows, place) => save(csvText(alerts, rows), `${fileName(place, alerts.day)}.csv`, "text/csv");
