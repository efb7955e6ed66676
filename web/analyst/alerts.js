// One day's alerts as columns, and the rows of them that filters choose.
import { kSeverities } from "./format.js";

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
    this.inputs = answer.inputs;
    const columns = answer.columns;
    this.size = this.end = columns.alert_id.length;
    this.id = columns.alert_id;
    this.score = columns.score;
    this.rank = columns.rank;
    this.rankScore = columns.rank_score;
    this.address = this.reader(columns.address, "address");
    const sanctioned = columns.sanctioned;  // not of every day
    this.sanctioned = (row) => (row < this.size ? sanctioned?.[row] === 1 : false);
    this.typology = this.reader(columns.typology_type, "typology");
    this.severity = this.reader(columns.severity, "severity");
    this.suspected = this.reader(columns.suspected_address_type, "suspected");
    this.volume = this.reader(columns.volume_usd, "volume");
    this.confidence = this.reader(columns.alert_confidence_score, "confidence");
    this.cluster = this.reader(columns.cluster_id, "cluster");
    this.rowById = new Map();
    for (let row = this.size - 1; row >= 0; --row) this.rowById.set(this.id[row], row);
    this.older = null;    // the other day's alerts, where compared; then of each row:
    this.change = null;   // one of kChanges
    this.before = null;   // the other day's row; -1 where it is new
    this.texts = null;
  }

  reader(column, name) {
    const own = valuesOf(column);
    return (row) => (row < this.size ? own(row) : this.older[name](this.before[row]));
  }

  isGone(row) {
    return row >= this.size;
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
      const difference = this.score[row] - older.score[at];
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

  // Of the score since the compared day; null where the alert is on one of the days only.
  difference(row) {
    return this.before === null || this.before[row] < 0 || this.isGone(row) ? null : this.score[row] - this.older.score[this.before[row]];
  }

  changeCounts() {
    const counts = Object.fromEntries(kChanges.map((name) => [name, 0]));
    for (const name of this.change ?? []) ++counts[name];
    return counts;
  }

  // Rows that the place's filters choose, but for the score's range. What is gone is there only for those who ask for it.
  matching(place) {
    const wanted = place.q.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const severities = place.severity.length > 0 ? new Set(place.severity) : null;
    const changes = this.change !== null && place.change.length > 0 ? new Set(place.change) : null;
    const end = changes?.has("gone") ? this.end : this.size;
    const rows = new Int32Array(end);
    let n = 0;
    for (let row = 0; row < end; ++row) {
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
    const values = new Array(this.end);
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
