// What may stand in the search: words, and terms such as severity:high, volume:>10000, indicator:"round amounts", -typology:peel.

// key: how an alert's value is read. Numbers take >, >=, <, <=, a..b and k, m, b behind them.
const kTexts = {
  typology: (a, row) => a.typology(row), severity: (a, row) => a.severity(row), suspected: (a, row) => a.suspected(row), indicator: (a, row) => a.indicators(row),
  cluster: (a, row) => a.cluster(row), address: (a, row) => a.address(row), alert: (a, row) => a.id[row], known: (a, row) => a.knownAs(row),
  asset: (a, row) => a.assets(row),
};
const kNumbers = {
  volume: (a, row) => a.volume(row), score: (a, row) => a.score[row], rank: (a, row) => a.rank[row], confidence: (a, row) => a.confidence(row),
};
const kUnits = { k: 1e3, m: 1e6, b: 1e9 };
const kLists = new Set(["indicator", "known", "asset"]);

const plain = (text) => text.toLowerCase().replaceAll("_", " ");

// Terms of a search: {key, value, not, whole}; a word has the key "". What is no term, such as "a:b" with an unknown a, is a word.
export function parseQuery(text) {
  const terms = [];
  for (const [token, minus, key, quoted, bare] of text.matchAll(/(-?)([a-z]+):(?:"([^"]*)"|(\S+))|\S+/gi)) {
    const name = key?.toLowerCase();
    if (name !== undefined && (name in kTexts || name in kNumbers)) terms.push({ key: name, value: plain(quoted ?? bare), not: minus === "-", whole: quoted !== undefined });
    else terms.push({ key: "", value: token.toLowerCase(), not: false, whole: false });
  }
  return terms;
}

// The search with a term more, or without it where it is there.
export function toggled(text, key, value) {
  const term = `${key}:${/^[^\s"]+$/.test(value) && key in kNumbers ? value : `"${value.replaceAll('"', "")}"`}`;
  if (!text.includes(term)) return `${text} ${term}`.trim();
  return text.replace(term, "").replaceAll(/\s+/g, " ").trim();
}

export const holdsTerm = (text, key, value) => toggled(text, key, value).length < text.length;

function numberOf(text) {
  const match = /^(-?[\d.]+)([kmb]?)$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (kUnits[match[2]] ?? 1);
}

function numberTest(text) {
  const range = /^(.*)\.\.(.*)$/.exec(text);
  if (range !== null) {
    const low = range[1] === "" ? -Infinity : numberOf(range[1]);
    const high = range[2] === "" ? Infinity : numberOf(range[2]);
    return (value) => value >= low && value < high;
  }
  const [, sign, rest] = /^([<>]=?|=?)(.*)$/.exec(text);
  const bound = numberOf(rest);
  return { ">": (v) => v > bound, ">=": (v) => v >= bound, "<": (v) => v < bound, "<=": (v) => v <= bound }[sign] ?? ((v) => v === bound);
}

function textTest({ key, value, whole }) {
  if (kLists.has(key)) return (text) => plain(text).split(",").some((one) => (whole ? one === value : one.includes(value)));
  return (text) => (whole ? plain(text) === value : plain(text).includes(value));
}

// Whether one of a key's terms holds of a value; each value is looked at once.
function anyOf(terms, isNumber) {
  const tests = terms.map((term) => (isNumber ? numberTest(term.value) : textTest(term)));
  const known = new Map();
  return (value) => {
    if (value === null || value === undefined) return false;
    let holds = known.get(value);
    if (holds === undefined) known.set(value, holds = tests.some((test) => test(value)));
    return holds;
  };
}

// Tests of the alerts' rows, one a key: {key, test}. Terms of one key are alternatives, keys and words all have to hold.
export function testsOf(terms, alerts) {
  const tests = [];
  const words = terms.filter((term) => term.key === "").map((term) => term.value);
  if (words.length > 0) tests.push({ key: "", test: (row) => words.every((word) => alerts.text(row).includes(word)) });
  for (const key of new Set(terms.map((term) => term.key).filter((one) => one !== ""))) {
    const read = kTexts[key] ?? kNumbers[key];
    for (const not of [false, true]) {
      const own = terms.filter((term) => term.key === key && term.not === not);
      if (own.length === 0) continue;
      const holds = anyOf(own, key in kNumbers);
      tests.push({ key, test: (row) => holds(read(alerts, row)) !== not });
    }
  }
  return tests;
}

const kBands = ["..1k", "1k..10k", "10k..100k", "100k..1m", "1m.."];

// What alerts may be counted by: {key, name, values(alerts, row): the values of a row}.
export const kFacets = [
  { key: "typology", name: "Typology", of: (a, row) => a.typology(row) },
  { key: "severity", name: "Severity", of: (a, row) => a.severity(row) },
  { key: "suspected", name: "Suspected", of: (a, row) => a.suspected(row) },
  { key: "indicator", name: "Indicator", of: (a, row) => a.indicators(row), isList: true },
  { key: "volume", name: "Volume", of: (a, row) => bandOf(a.volume(row)) },
  { key: "asset", name: "Asset", of: (a, row) => a.assets(row), isList: true },
  { key: "known", name: "Known as", of: (a, row) => a.knownAs(row), isList: true },
];

function bandOf(value) {
  if (value === null || value === undefined) return null;
  return kBands[value < 1e3 ? 0 : value < 1e4 ? 1 : value < 1e5 ? 2 : value < 1e6 ? 3 : 4];
}

// Counts of each facet's values, [{facet, counts: [[value, n], …]}], the most frequent first (bands in their order): of the rows that all tests but the
// facet's own let pass.
export function countFacets(alerts, tests, end) {
  const counts = kFacets.map(() => new Map());
  const places = new Map(kFacets.map((facet, i) => [facet.key, i]));
  const add = (i, row) => {
    const value = kFacets[i].of(alerts, row);
    if (value !== null && value !== undefined && value !== "") counts[i].set(value, (counts[i].get(value) ?? 0) + 1);
  };
  for (let row = 0; row < end; ++row) {
    let failed = "";
    let failures = 0;
    for (const { key, test } of tests) {
      if (test(row) || (failures === 1 && key === failed)) continue;
      failed = key;
      if (++failures > 1) break;
    }
    if (failures === 0) for (let i = 0; i < counts.length; ++i) add(i, row);
    else if (failures === 1 && places.has(failed)) add(places.get(failed), row);
  }
  return kFacets.map((facet, i) => ({ facet, counts: ordered(facet, facet.isList ? partsOf(counts[i]) : counts[i]) }));
}

// Counts of lists' members from those of the lists.
function partsOf(counts) {
  const parts = new Map();
  for (const [list, n] of counts) for (const one of list.split(",")) parts.set(one, (parts.get(one) ?? 0) + n);
  return parts;
}

function ordered(facet, counts) {
  const all = [...counts];
  if (facet.key === "volume") return all.sort((a, b) => kBands.indexOf(a[0]) - kBands.indexOf(b[0]));
  return all.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
