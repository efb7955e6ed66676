// One day's alerts as columns, and the rows of them that filters choose.
import { kSeverities } from "./format.js";
import { parseQuery, testsOf } from "./query.js";

export const kChanges = ["new", "risen", "fallen", "gone", "steady"];
const kChangeThreshold = 0.01;

// A column that the server sent as an array, as {values, codes}, or as null.
function valuesOf(column) {
  if (column === null || column === undefined) return () => null;
  if (Array.isArray(column)) return (row) => column[row];
  return (row) => (column.codes[row] === null ? null : column.values[column.codes[row]]);
}

// Rows 0 to `size` - 1 are the day's alerts by rank. Where it is compared, those of the other day that are gone follow,
// up to `end`: with what that day says of them, its score and rank too.
export class Alerts {
  constructor(answer) {
    this.day = answer.processing_date;
    this.network = answer.network;
    this.batch = answer.batch;  // which batch of the day it is of
    this.inputs = answer.inputs;
    const columns = answer.columns;
    this.size = this.end = columns.alert_id.length;
    this.id = columns.alert_id;
    this.score = columns.score;
    this.rank = columns.rank;
    this.probability = columns.probability;  // not of every day
    this.rankScore = columns.rank_score;
    this.address = this.reader(columns.address, "address");
    const sanctioned = columns.sanctioned;  // not of every day
    this.sanctioned = (row) => (row < this.size ? sanctioned?.[row] === 1 : false);
    const known = valuesOf(columns.known_as ?? null);  // likewise; categories with commas between
    this.knownAs = (row) => (row < this.size ? known(row) : null) ?? (this.sanctioned(row) ? "sanctions" : null);
    this.typology = this.reader(columns.typology_type, "typology");
    this.severity = this.reader(columns.severity, "severity");
    this.suspected = this.reader(columns.suspected_address_type, "suspected");
    this.indicators = this.reader(columns.risk_indicators, "indicators");
    this.volume = this.reader(columns.volume_usd, "volume");
    this.confidence = this.reader(columns.alert_confidence_score, "confidence");
    this.assets = this.reader(columns.assets ?? null, "assets");  // where features.parquet is there; with commas between
    this.cluster = this.reader(columns.cluster_id, "cluster");
    this.rowById = new Map();
    for (let row = this.size - 1; row >= 0; --row) this.rowById.set(this.id[row], row);
    this.decision = () => null;  // and `decisions`, all there are: set where people decide on alerts
    this.older = null;    // the other day's alerts, where compared; then of each row:
    this.change = null;   // one of kChanges
    this.before = null;   // the other day's row; -1 where it is new
    this.texts = null;
    this.keys = new Map();  // of a column's name: what its rows are ordered by
  }

  reader(column, name) {
    const own = valuesOf(column);
    return (row) => (row < this.size ? own(row) : this.older[name](this.before[row]));
  }

  isGone(row) {
    return row >= this.size;
  }

  // Rows of an address, of a cluster, by rank.
  rowsOf(address) {
    return (this.rowsByAddress ??= this.rowsBy(this.address)).get(address) ?? [];
  }

  rowsOfCluster(cluster) {
    return (this.rowsByCluster ??= this.rowsBy(this.cluster)).get(cluster) ?? [];
  }

  rowsBy(keyOf) {
    const found = new Map();
    for (let row = 0; row < this.size; ++row) {
      const key = keyOf(row);
      if (key === null) continue;
      const rows = found.get(key);
      if (rows) rows.push(row);
      else found.set(key, [row]);
    }
    return found;
  }

  // What a search looks in.
  text(row) {
    if (this.texts === null) {
      this.texts = new Array(this.end);
      for (let i = 0; i < this.end; ++i) {
        this.texts[i] = [this.id[i], this.address(i), this.typology(i), this.cluster(i), this.suspected(i)]
          .filter((part) => part).join("\n").toLowerCase();
      }
    }
    return this.texts[row];
  }

  severities() {
    const found = new Set();
    for (let row = 0; row < this.end; ++row) if (this.severity(row)) found.add(this.severity(row));
    const known = kSeverities.filter((name) => found.delete(name));
    return [...known, ...[...found].sort()];
  }

  // Alert ids hold the date, so an alert is known again by its address and typology.
  key(row) {
    return this.address(row) === null ? this.id[row] : `${this.address(row)}\n${this.typology(row)}`;
  }

  // Once, before anything is asked of the alerts. The other day's columns must stay as they came.
  compareWith(older) {
    const rows = new Map();
    for (let row = older.size - 1; row >= 0; --row) rows.set(older.key(row), row);
    const change = new Array(this.size);
    const before = new Array(this.size).fill(-1);
    const keys = new Set();
    for (let row = 0; row < this.size; ++row) {
      const key = this.key(row);
      keys.add(key);
      const at = rows.get(key);
      if (at === undefined) {
        change[row] = "new";
        continue;
      }
      before[row] = at;
      const difference = this.score[row] === null || older.score[at] === null ? 0 : this.score[row] - older.score[at];
      change[row] = difference >= kChangeThreshold ? "risen" : difference <= -kChangeThreshold ? "fallen" : "steady";
    }
    const gone = [];
    for (let row = 0; row < older.size; ++row) {
      if (!keys.has(older.key(row)) && !this.rowById.has(older.id[row])) gone.push(row);
    }
    this.older = older;
    this.change = change.concat(gone.map(() => "gone"));
    this.before = before.concat(gone);
    this.end = this.size + gone.length;
    for (const name of ["id", "score", "rank", "rankScore"]) this[name] = this[name].concat(gone.map((row) => older[name][row]));
    gone.forEach((row, i) => this.rowById.set(older.id[row], this.size + i));
  }

  // Of the score since the compared day; null where the alert is on one of the days only, or one of its scores is hidden.
  difference(row) {
    if (this.before === null || this.before[row] < 0 || this.isGone(row)) return null;
    const [now, then] = [this.score[row], this.older.score[this.before[row]]];
    return now === null || then === null ? null : now - then;
  }

  changeCounts() {
    const counts = Object.fromEntries(kChanges.map((name) => [name, 0]));
    for (const name of this.change ?? []) ++counts[name];
    return counts;
  }

  // What the place's filters ask of a row, but for the score's range: [{key, test}].
  tests(place) {
    const tests = testsOf(parseQuery(place.q), this);
    const chips = (key, of, values) => values.length > 0 && tests.push({ key, test: ((wanted) => (row) => wanted.has(of(row)))(new Set(values)) });
    chips("severity", this.severity, place.severity);
    if (this.change !== null) chips("change", (row) => this.change[row], place.change);
    if (this.decisions !== undefined) chips("decision", (row) => this.decision(row), place.decision);
    return tests;
  }

  // How many rows there are to choose from: what is gone is there only for those who ask for it.
  reach(place) {
    return this.change !== null && place.change.includes("gone") ? this.end : this.size;
  }

  // Rows that pass all tests.
  matching(place) {
    const tests = this.tests(place).map(({ test }) => test);
    const rows = new Int32Array(this.reach(place));
    let n = 0;
    for (let row = 0; row < rows.length; ++row) {
      if (tests.every((test) => test(row))) rows[n++] = row;
    }
    return rows.subarray(0, n);
  }

  within(rows, min, max) {
    if (min === null && max === null) return rows;
    return rows.filter((row) => this.score[row] !== null && (min === null || this.score[row] >= min) && (max === null || this.score[row] <= max));
  }

  value(row, name) {
    switch (name) {
      case "id": return this.id[row];
      case "score": return this.score[row];
      case "rank": return this.rank[row];
      case "difference": return this.difference(row);
      case "severity": {
        const at = kSeverities.indexOf(this.severity(row));
        return at < 0 ? null : kSeverities.length - at;
      }
      default: return this[name](row);
    }
  }

  // A number for each row that orders as the column does; NaN where there is no value.
  orderOf(name) {
    let numbers = this.keys.get(name);
    if (numbers !== undefined) return numbers;
    numbers = new Float64Array(this.end).fill(Number.NaN);
    const values = Array.from({ length: this.end }, (_, row) => this.value(row, name));
    const isText = values.some((value) => typeof value === "string");
    const places = isText ? new Map([...new Set(values.filter((value) => typeof value === "string"))].sort().map((value, i) => [value, i])) : null;
    for (let row = 0; row < this.end; ++row) {
      const value = values[row];
      if (value !== null && value !== undefined) numbers[row] = isText ? places.get(value) : value;
    }
    this.keys.set(name, numbers);
    return numbers;
  }

  // A copy of the rows ordered by columns, "-volume,rank": rows without a value come last, equal ones stay by rank.
  sorted(rows, sort) {
    const columns = sort.split(",").filter((name) => name !== "").map((name) => ({ numbers: this.orderOf(name.replace(/^-/, "")), sign: name.startsWith("-") ? -1 : 1 }));
    return Int32Array.from(rows).sort((a, b) => {
      for (const { numbers, sign } of columns) {
        const x = numbers[a];
        const y = numbers[b];
        if (x === y) continue;
        const lacks = Number.isNaN(x) - Number.isNaN(y);
        if (lacks !== 0) return lacks;
        if (x !== y && !Number.isNaN(x)) return x < y ? -sign : sign;
      }
      return a - b;
    });
  }

  // The rows with one for each address or cluster, the first of its rows, and the others behind it where it is among `opened`; rows that have none
  // stand for themselves. {rows, sizes: how many rows the group of a first row has, inside: rows that stand behind a first one, groups}
  grouped(rows, by, opened) {
    const members = new Map();
    for (const row of rows) {
      const key = this[by](row) ?? row;
      const known = members.get(key);
      if (known === undefined) members.set(key, [row]);
      else known.push(row);
    }
    const shown = [];
    const sizes = new Map();
    const inside = new Set();
    for (const [key, own] of members) {
      sizes.set(own[0], own.length);
      shown.push(own[0]);
      if (!opened.has(key)) continue;
      for (const row of own.slice(1)) {
        shown.push(row);
        inside.add(row);
      }
    }
    return { rows: Int32Array.from(shown), sizes, inside, groups: members.size };
  }
}
