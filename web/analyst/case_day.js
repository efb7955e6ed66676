// What people decided on the alerts of one day, as it was loaded: an answer that comes late is of the day that was asked for.
import { alert as alertOf } from "./api.js";
import { ask, batchOf, casesOf, decisionOf } from "./cases_api.js";

const kRevealed = 20;  // scores that are asked for at a time
const kDecisions = ["undecided", "seen", "proposed", "disputed", "report", "no_report", "unsure"];

export class CaseDay {
  // revealed() is called once scores are there that were hidden.
  constructor(alerts, revealed) {
    this.alerts = alerts;
    this.revealed = revealed;
    this.version = "";
    this.states = new Map();
    this.hidden = new Set();  // whose score waits for a decision
    this.own = new Set();     // the sequences of what was done here
    this.held = new Map();    // who works on an alert, by its id
    this.asked = 0;
    alerts.cases = this;
    alerts.scores ??= alerts.score;
    alerts.decisions = kDecisions;
    alerts.decisionCounts = () => this.counts();
    alerts.decision = (row) => decisionOf(this.states.get(alerts.id[row]));
  }

  get base() {
    return casesOf(this.alerts.day);
  }

  // Whether something was done since; only that is asked for where the day is known. An answer from before a write of one's own, or from before another answer,
  // is not taken.
  async read() {
    const mine = ++this.asked;
    const before = this.version;
    const answer = await ask("GET", before === "" ? this.base : `${this.base}?since=${encodeURIComponent(before)}`);
    if (mine !== this.asked || answer.version === before) return false;
    if (answer.since === undefined) {
      this.states = new Map();
      this.hidden = new Set(answer.hidden);
    }
    this.learn(answer.version, answer.alerts);
    return true;
  }

  // What the server answered to a write: it tells what others did meanwhile, too.
  async took(answer) {
    ++this.asked;
    for (const state of answer.alerts) this.own.add(state.sequence);
    const isSameBatch = batchOf(answer.version) === batchOf(this.version);
    if (isSameBatch && answer.others !== null) {
      this.learn(answer.version, [...answer.alerts, ...answer.others]);
      return;
    }
    this.version = "";
    await this.read();
  }

  // Where these alerts stand, as of a version.
  learn(version, states) {
    this.version = version;
    for (const state of states) {
      this.states.set(state.alert_id, state);
      if (state.shown) this.hidden.delete(state.alert_id);
    }
    this.hide();
  }

  // On which nobody decided, and nobody else works: others' proposals are to be looked at one by one.
  isFree(id) {
    return ["undecided", "seen"].includes(decisionOf(this.states.get(id))) && !this.held.has(id);
  }

  // Scores of blind reviews are not shown before they are decided.
  hide() {
    const { alerts, hidden } = this;
    alerts.score = alerts.scores.map((score, row) => (hidden.has(alerts.id[row]) ? null : score));
    this.reveal();
  }

  // The server gave no scores of what was hidden when the day was read.
  async reveal() {
    const { alerts } = this;
    const rows = [];
    for (let row = 0; row < alerts.size && rows.length < kRevealed; ++row) if (alerts.scores[row] === null && !this.hidden.has(alerts.id[row])) rows.push(row);
    if (rows.length === 0) return;
    try {
      const answers = await Promise.all(rows.map((row) => alertOf(alerts.day, alerts.id[row])));
      rows.forEach((row, i) => {
        alerts.scores[row] = answers[i].score;
        if (alerts.probability !== undefined) alerts.probability[row] = answers[i].probability;
      });
    } catch {
      return;  // it is asked again with the next decision
    }
    this.hide();
    this.revealed();
  }

  counts() {
    const counts = new Map(kDecisions.map((name) => [name, 0]));
    for (let row = 0; row < this.alerts.size; ++row) counts.set(this.alerts.decision(row), counts.get(this.alerts.decision(row)) + 1);
    return counts;
  }
}
