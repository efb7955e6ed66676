// Deciding on alerts: what was decided, the next of a queue, a verdict by one key. Only the listener of cases has it.
import { alert as alertOf } from "./api.js";
import { CasePanel, kVerdicts } from "./case_panel.js";
import { ask, decisionOf } from "./case_questions.js";
import { element, words } from "./format.js";

const kPollMs = 5000;
const kRevealed = 20;  // scores that are asked for at a time
const kDecisions = ["undecided", "seen", "proposed", "disputed", "report", "no_report", "unsure"];
const kQueues = ["sanctioned", "ranked", "sample"];

export class Cases {
  // page: {alerts(), row(): of the open alert or -1, shown(): rows in the table, after(): id of the one behind it or null, go(changes), changed()}
  constructor(page) {
    this.page = page;
    this.me = null;
    this.day = "";
    this.version = "";
    this.states = new Map();
    this.queue = "";       // the one that is worked on; empty: the table's own order
    this.undoable = [];    // own entries of this visit, the last one last
    this.panel = new CasePanel(this);
    this.busy = false;
    this.keys = { z: () => this.undo(), q: () => this.next(), e: () => this.panel.part("#case-note")?.focus() };
    for (const [key, verdict] of kVerdicts) this.keys[key] = () => this.decide(verdict);
    setInterval(() => this.poll(), kPollMs);
  }

  get base() {
    return `cases/days/${encodeURIComponent(this.day)}`;
  }

  // Before a day is shown.
  async arrive(alerts) {
    if (this.me === null) {
      this.me = await ask("GET", "cases/me");
      this.showBar();
    }
    if (this.day !== alerts.day) this.undoable = [];
    this.day = alerts.day;
    await this.read(alerts);
    this.showQueues();
  }

  async read(alerts) {
    const answer = await ask("GET", this.base);
    this.version = answer.version;
    this.states = new Map(answer.alerts.map((state) => [state.alert_id, state]));
    this.hide(alerts, new Set(answer.hidden));
    alerts.decisions = kDecisions;
    alerts.decisionCounts = () => this.counts(alerts);
    alerts.decision = (row) => decisionOf(this.states.get(alerts.id[row]));
  }

  // Scores of blind reviews are not shown before they are decided.
  hide(alerts, hidden) {
    alerts.scores ??= alerts.score;
    alerts.score = alerts.scores.map((score, row) => (hidden.has(alerts.id[row]) ? null : score));
    this.hidden = hidden;
    this.reveal(alerts);
  }

  // The server gave no scores of what was hidden when the day was read.
  async reveal(alerts) {
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
    if (this.page.alerts() !== alerts) return;
    this.hide(alerts, this.hidden);
    this.page.changed();
  }

  async poll() {
    if (document.hidden || this.busy || this.day === "" || this.page.alerts() === null) return;
    try {
      const before = this.version;
      const { version } = await ask("GET", this.base);
      if (version !== before) await this.refresh();
    } catch {
      // The next question will say so.
    }
  }

  async refresh() {
    await this.read(this.page.alerts());
    this.page.changed();
    this.showQueues();
  }

  counts(alerts) {
    const counts = new Map(kDecisions.map((name) => [name, 0]));
    for (let row = 0; row < alerts.size; ++row) counts.set(alerts.decision(row), counts.get(alerts.decision(row)) + 1);
    return counts;
  }

  // --- the bar above the table ----------------------------------------------------------------------------------

  showBar() {
    const bar = document.getElementById("cases");
    bar.hidden = false;
    bar.replaceChildren(element("strong", {}, this.me.name), element("span", { id: "case-queues", class: "chips" }),
                        element("button", { type: "button", id: "case-next", disabled: !this.me.may_decide, onclick: () => this.next() }, "Next (q)"),
                        element("button", { type: "button", id: "case-undo", disabled: true, onclick: () => this.undo() }, "Undo (z)"),
                        element("span", { id: "case-said", role: "status" }));
  }

  say(text) {
    const place = document.getElementById("case-said");
    if (place !== null) place.textContent = text;
  }

  async showQueues() {
    let answer;
    try {
      answer = await ask("GET", `${this.base}/queues`);
    } catch {
      return;
    }
    const place = document.getElementById("case-queues");
    place.replaceChildren(...kQueues.filter((name) => answer.queues[name].open + answer.queues[name].decided > 0).map((name) =>
      element("button", { type: "button", "aria-pressed": String(this.queue === name), title: `Work on this queue`, onclick: () => this.choose(name) },
              `${name} ${answer.queues[name].decided} of ${answer.queues[name].decided + answer.queues[name].open}`)));
    this.open = Object.fromEntries(kQueues.map((name) => [name, answer.queues[name].open]));
  }

  choose(queue) {
    this.queue = queue;
    this.next();
  }

  // --- what is done ----------------------------------------------------------------------------------------------

  // One thing at a time: keys come faster than answers.
  async act(work) {
    if (this.busy || this.day === "" || this.page.alerts() === null) return;
    this.busy = true;
    try {
      await work();
    } catch (problem) {
      if (problem.kind === undefined) throw problem;
      this.say(problem.message);
      if (problem.status === 412) await this.refresh().catch(() => {});
    } finally {
      this.busy = false;
    }
  }

  chosenId() {
    const row = this.page.row();
    return row < 0 ? null : this.page.alerts().id[row];
  }

  decide(verdict, what = null, more = {}) {
    return this.act(async () => {
      const id = this.chosenId();
      if (id === null) return;
      const body = { ...(what ?? this.panel.scope(id)), ...(verdict === null ? {} : { verdict }), ...more };
      for (const name of verdict === null && body.action !== "reopen" ? [] : ["reason", "note"]) if (this.panel.text(`#case-${name}`) !== "") body[name] = this.panel.text(`#case-${name}`);
      const answer = await ask("POST", `${this.base}/decisions`, body, this.version);
      const after = this.page.after();  // a filter may take the alert out of the table
      this.took(answer);
      this.undoable.push(answer.sequence);
      this.say(`${words(verdict ?? body.action)}${answer.alerts.length > 1 ? ` on ${answer.alerts.length} alerts` : ""}`);
      document.getElementById("case-undo").disabled = false;
      if (verdict === null) await this.panel.showAgain();
      else await this.advance(after);
    });
  }

  assign(what) {
    return this.decide(null, { alerts: [this.chosenId()] }, { action: "assign", ...what });
  }

  reopen() {
    if (this.panel.text("#case-reason") === "") {
      this.say("to reopen takes a reason");
      return;
    }
    this.decide(null, { alerts: [this.chosenId()] }, { action: "reopen" });
  }

  undo() {
    return this.act(async () => {
      const sequence = this.undoable.at(-1);
      if (sequence === undefined) return;
      const answer = await ask("POST", `${this.base}/undo`, { sequence }, this.version);
      this.undoable.pop();
      this.took(answer);
      this.say("undone");
      document.getElementById("case-undo").disabled = this.undoable.length === 0;
      this.page.go({ alert: answer.alerts[0].alert_id });
      this.showQueues();
    });
  }

  // What the server answered to a write.
  took(answer) {
    this.version = answer.version;
    for (const state of answer.alerts) {
      this.states.set(state.alert_id, state);
      if (state.stage === "decided") this.hidden.delete(state.alert_id);
    }
    this.hide(this.page.alerts(), this.hidden);
    this.page.changed();
  }

  async advance(after) {
    if (this.queue === "") {
      if (after !== null) this.page.go({ alert: after });
      this.showQueues();
    } else {
      await this.take("");
    }
  }

  next() {
    return this.act(async () => {
      if (this.queue === "") this.queue = kQueues.find((name) => (this.open?.[name] ?? 0) > 0) ?? "ranked";
      await this.take(this.chosenId() ?? "");
    });
  }

  async take(after) {
    const mine = after !== "" && decisionOf(this.states.get(after)) === "undecided" ? { after } : {};
    const answer = await ask("POST", `${this.base}/next`, { queue: this.queue, ...mine }, this.version);
    if (answer.alert_id === null) this.say(`nothing waits for you in ${this.queue}`);
    else this.page.go({ alert: answer.alert_id });
    this.showQueues();
  }

  // What was done to these alerts, by id.
  async entriesOf(ids) {
    const answers = await Promise.all(ids.map((id) => ask("GET", `${this.base}/alerts/${encodeURIComponent(id)}`)));
    return new Map(answers.map((answer, i) => [ids[i], answer.entries]));
  }

  // Into the pane of an alert that was just opened.
  show(pane, alerts, row) {
    return this.panel.show(pane, alerts, row);
  }
}
