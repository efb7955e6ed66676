// Deciding on alerts: what was decided, the next of a queue, a verdict by one key. Only the listener of cases has it.
import { CaseDay } from "./case_day.js";
import { CasePanel, kVerdicts } from "./case_panel.js";
import { ask, caseOf } from "./cases_api.js";
import { element, words } from "./format.js";

const kPollMs = 5000;
const kQueues = ["sanctioned", "ranked", "sample"];

export class Cases {
  // page: {alerts(), row(): of the open alert or -1, shown(): rows that are chosen, after(): id of the one behind it or null, go(changes), changed()}
  constructor(page) {
    this.page = page;
    this.me = null;
    this.queue = "";       // the one that is worked on; empty: the table's own order
    this.undoable = [];    // own entries of this visit, the last one last: {day, sequence}
    this.panel = new CasePanel(this);
    this.busy = false;
    this.keys = { z: () => this.undo(), q: () => this.next(), e: () => this.panel.focusNote() };
    for (const [key, verdict] of kVerdicts) this.keys[key] = () => this.decide(verdict);
    setInterval(() => this.poll(), kPollMs);
  }

  // Of the alerts that are shown; null where none are.
  get day() {
    return this.page.alerts()?.cases ?? null;
  }

  // Before a day is shown.
  async arrive(alerts) {
    if (this.me === null) {
      this.me = await ask("GET", "cases/me");
      this.showBar();
    }
    const day = new CaseDay(alerts, () => this.day === day && this.page.changed());
    await day.read();
  }

  async poll() {
    const { day } = this;
    if (document.hidden || this.busy || day === null) return;
    try {
      await this.refresh(day);
    } catch {
      // The next question will say so.
    }
  }

  async refresh(day) {
    const isNew = await day.read();
    if (!isNew || this.day !== day) return;
    this.page.changed();
    this.panel.changed();
    this.showQueues();
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

  // How many wait in each queue, who works on what, and whether there is something to undo.
  async showQueues() {
    const { day } = this;
    if (day === null || this.me === null) return;
    document.getElementById("case-undo").disabled = this.lastOwn(day) < 0;
    let answer;
    try {
      answer = await ask("GET", `${day.base}/queues`);
    } catch {
      return;
    }
    if (this.day !== day) return;
    const place = document.getElementById("case-queues");
    place.replaceChildren(...kQueues.filter((name) => answer.queues[name].open + answer.queues[name].decided > 0).map((name) =>
      element("button", { type: "button", "aria-pressed": String(this.queue === name), title: `Work on this queue`, onclick: () => this.choose(name) },
              `${name} ${answer.queues[name].decided} of ${answer.queues[name].decided + answer.queues[name].open}`)));
    this.open = Object.fromEntries(kQueues.map((name) => [name, answer.queues[name].open]));
    day.held = new Map(answer.locks.filter((one) => one.author !== this.me.name).map((one) => [one.alert_id, one.author]));
    this.panel.changed();
  }

  choose(queue) {
    this.queue = queue;
    this.next();
  }

  // The table shows other rows.
  rowsChosen() {
    this.panel.redraw();
  }

  // --- what is done ----------------------------------------------------------------------------------------------

  // One thing at a time: keys come faster than answers.
  async act(work) {
    const { day } = this;
    if (this.busy || day === null) return;
    this.busy = true;
    try {
      await work(day);
    } catch (problem) {
      if (problem.kind === undefined) throw problem;
      this.say(problem.message);
      for (const id of problem.alerts ?? []) day.held.set(id, "somebody");
      if (problem.status === 412) await this.refresh(day).catch(() => {});
    } finally {
      this.busy = false;
      this.panel.changed();
      this.showQueues();
    }
  }

  chosenId() {
    const row = this.page.row();
    return row < 0 ? null : this.page.alerts().id[row];
  }

  // Whether the open alert is one that something can be done to, and all of its form is there.
  get canAct() {
    return this.panel.isOpen && this.panel.id === this.chosenId() && this.me.may_decide;
  }

  // A verdict on what is chosen, with what is written, on to the next alert. more: members in place of what is written.
  decide(verdict, more = {}) {
    return this.act(async (day) => {
      if (!this.canAct) return;
      const { id } = this.panel;
      const { what, version } = this.panel.chosen();
      const after = this.page.after();  // a filter may take the alert out of the table
      const answer = await this.write(day, "decisions", { ...what, verdict, ...this.panel.written(), ...more }, version, () => this.panel.sent());
      this.say(`${words(verdict)}${answer.alerts.length > 1 ? ` on ${answer.alerts.length} alerts` : ""}`);
      if (this.chosenId() === id) await this.advance(day, after);  // or who pressed the key went on himself
    });
  }

  // To the open alert alone, at which the page stays, as what is being written does.
  assign(what, said) {
    return this.act(async (day) => {
      if (!this.canAct) return;
      await this.write(day, "decisions", { alerts: [this.panel.id], action: "assign", ...what }, this.panel.version);
      this.say(said);
    });
  }

  reopen() {
    return this.act(async (day) => {
      if (!this.canAct) return;
      const written = this.panel.written();
      if (written.reason === undefined) {
        this.say("to reopen takes a reason");
        return;
      }
      await this.write(day, "decisions", { alerts: [this.panel.id], action: "reopen", ...written }, this.panel.version, () => this.panel.sent());
      this.say("reopen");
    });
  }

  // done(): once the server has it, before anything is drawn.
  async write(day, path, body, version, done = () => {}) {
    const written = this.panel.section;
    const answer = await ask("POST", `${day.base}/${path}`, { body, version });
    if (path === "decisions") this.undoable.push({ day: day.alerts.day, sequence: answer.sequence });
    if (this.panel.section === written) done();
    await day.took(answer);
    if (this.day === day) this.page.changed();
    return answer;
  }

  // Where in `undoable` the last of the day stands.
  lastOwn(day) {
    return this.undoable.findLastIndex((one) => one.day === day.alerts.day);
  }

  undo() {
    return this.act(async (day) => {
      const at = this.lastOwn(day);
      if (at < 0) return;
      const [{ sequence }] = this.undoable.slice(at, at + 1);
      let answer;
      try {
        answer = await this.write(day, "undo", { sequence }, day.version);
      } catch (problem) {
        if (![404, 409].includes(problem.status)) throw problem;
        this.undoable.splice(at, 1);  // or it would stand before all that was done earlier
        this.say(`${problem.message}; not undone`);
        return;
      }
      this.undoable.splice(at, 1);
      this.say("undone");
      if (this.day === day) this.page.go({ alert: answer.alerts[0].alert_id });
    });
  }

  async advance(day, after) {
    if (this.queue !== "") await this.take(day, {});
    else if (after !== null) this.page.go({ alert: after });
  }

  next() {
    return this.act(async (day) => {
      if (this.queue === "") this.queue = kQueues.find((name) => (this.open?.[name] ?? 0) > 0) ?? "ranked";
      const id = this.chosenId();
      const waits = id !== null && day.states.get(id)?.stage !== "decided";
      await this.take(day, waits ? { after: id } : {});  // which passes it over
    });
  }

  async take(day, after) {
    const answer = await ask("POST", `${day.base}/next`, { body: { queue: this.queue, ...after }, version: day.version });
    if (answer.alert_id === null) this.say(`nothing waits for you in ${this.queue}`);
    else if (this.day === day) this.page.go({ alert: answer.alert_id });
  }

  // What was done to alerts of a day, by their ids.
  async entriesOf(day, ids, signal) {
    const answers = await Promise.all(ids.map((id) => caseOf(day, id, signal)));
    return new Map(answers.map((answer, i) => [ids[i], answer.entries]));
  }

  // Into the pane of an alert that was just opened.
  show(pane, alerts, row) {
    return this.panel.show(pane, alerts, row);
  }
}
