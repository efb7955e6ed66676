// One day's alerts as columns, and the rows of them that filters choose.
import { kSeverities } from "./format.js";

export const kChanges = ["new", "risen", "fallen", "steady"];
const kChangeThreshold = 0.05;

// A column that the server sent as an array, as {values, codes}, or as null.
function reader(column) {
  if (column === null || column === undefined) return () => null;
  if (Array.isArray(column)) return (row) => column[row];
  return (row) => (column.codes[row] === null ? null : column.values[column.codes[row]]);
}

export class Alerts {
  constructor(answer) {
    this.day = answer.processing_date;
    this.network = answer.network;
    this.inputs = answer.inputs;
    const columns = answer.columns;
    this.size = columns.alert_id.length;
    this.id = columns.alert_id;
    this.score = columns.score;
    this.rank = columns.rank;
    this.rankScore = columns.rank_score;
    this.address = reader(columns.address);
    this.typology = reader(columns.typology_type);
    this.severity = reader(columns.severity);
    this.suspected = reader(columns.suspected_address_type);
    this.volume = reader(columns.volume_usd);
    this.confidence = reader(columns.alert_confidence_score);
    this.cluster = reader(columns.cluster_id);
    this.rowById = new Map();
    for (let row = this.size - 1; row >= 0; --row) this.rowById.set(this.id[row], row);
    this.change = null;   // of each row, where compared
    this.before = null;   // {alerts, row} of each row's predecessor
    this.texts = null;
  }

  // Rows of an address, by rank.
  rowsOf(address) {
    if (!this.rowsByAddress) {
      this.rowsByAddress = new Map();
      for (let row = 0; row < this.size; ++row) {
        const key = this.address(row);
        if (key === null) continue;
        const rows = this.rowsByAddress.get(key);
        if (rows) rows.push(row);
        else this.rowsByAddress.set(key, [row]);
      }
    }
    return this.rowsByAddress.get(address) ?? [];
  }

  // What a search looks in.
  text(row) {
    if (this.texts === null) {
      this.texts = new Array(this.size);
      for (let i = 0; i < this.size; ++i) {
        this.texts[i] = [this.id[i], this.address(i), this.typology(i), this.cluster(i), this.suspected(i)]
          .filter((part) => part).join("\n").toLowerCase();
      }
    }
    return this.texts[row];
  }

  severities() {
    const found = new Set();
    for (let row = 0; row < this.size; ++row) if (this.severity(row)) found.add(this.severity(row));
    const known = kSeverities.filter((name) => found.delete(name));
    return [...known, ...[...found].sort()];
  }

  // Alert ids hold the date, so an alert is known again by its address and typology.
  key(row) {
    return this.address(row) === null ? this.id[row] : `${this.address(row)}\n${this.typology(row)}`;
  }

  compareWith(older) {
    this.older = older;
    if (older === null) {
      this.change = this.before = null;
      return;
    }
    const rows = new Map();
    for (let row = older.size - 1; row >= 0; --row) rows.set(older.key(row), row);
    this.before = new Int32Array(this.size).fill(-1);
    this.change = new Array(this.size);
    for (let row = 0; row < this.size; ++row) {
      const at = rows.get(this.key(row));
      if (at === undefined) {
        this.change[row] = "new";
        continue;
      }
      this.before[row] = at;
      const difference = this.score[row] - older.score[at];
      this.change[row] = difference >= kChangeThreshold ? "risen" : difference <= -kChangeThreshold ? "fallen" : "steady";
    }
  }

  // Of the score since the compared day; null where the alert is new.
  difference(row) {
    return this.before === null || this.before[row] < 0 ? null : this.score[row] - this.older.score[this.before[row]];
  }

  changeCounts() {
    const counts = Object.fromEntries(kChanges.map((name) => [name, 0]));
    for (const name of this.change ?? []) ++counts[name];
    return counts;
  }

  // Rows that the place's filters choose, but for the score's range.
  matching(place) {
    const wanted = place.q.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const severities = place.severity.length > 0 ? new Set(place.severity) : null;
    const changes = this.change !== null && place.change.length > 0 ? new Set(place.change) : null;
    const rows = new Int32Array(this.size);
    let n = 0;
    for (let row = 0; row < this.size; ++row) {
      if (severities !== null && !severities.has(this.severity(row))) continue;
      if (changes !== null && !changes.has(this.change[row])) continue;
      if (wanted.length > 0) {
        const text = this.text(row);
        if (!wanted.every((word) => text.includes(word))) continue;
      }
      rows[n++] = row;
    }
    return rows.subarray(0, n);
  }

  within(rows, min, max) {
    if (min === null && max === null) return rows;
    return rows.filter((row) => (min === null || this.score[row] >= min) && (max === null || this.score[row] <= max));
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

  // A copy of the rows ordered by a column; rows without a value come last, equal ones stay by rank.
  sorted(rows, name, descending) {
    const values = new Array(this.size);
    for (const row of rows) values[row] = this.value(row, name);
    const sign = descending ? -1 : 1;
    return Int32Array.from(rows).sort((a, b) => {
      const x = values[a];
      const y = values[b];
      if (x === y) return a - b;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return x < y ? -sign : sign;
    });
  }
}
