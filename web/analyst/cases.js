// Deciding on alerts: what was decided, the next of a queue, a verdict by one key. Only the listener of cases has it.
import { alert as alertOf, token, Problem } from "./api.js";
import { element, words } from "./format.js";
import { doneIn } from "./report.js";

const kPollMs = 5000;
const kRevealed = 20;  // scores that are asked for at a time
const kMostAtOnce = 1000;  // alerts in one decision, as the server takes them
const kVerdicts = [["r", "report", "Report"], ["n", "no_report", "No report"], ["u", "unsure", "Unsure"], ["s", "seen", "Seen"]];
const kDecisions = ["undecided", "seen", "proposed", "disputed", "report", "no_report", "unsure"];
const kQueues = ["sanctioned", "ranked", "sample"];
const kReasons = ["structuring", "layering", "mixer", "ransomware", "fraud", "sanctions", "known service", "own transfer", "explained by customer"];
const kKinds = { 401: "token", 404: "missing", 503: "unavailable" };

async function ask(method, path, body, version) {
  const headers = { Accept: "application/json" };
  if (token() !== "") headers.Authorization = `Bearer ${token()}`;
  const options = { method, headers, cache: "no-store" };
  if (method === "POST") {
    headers["Content-Type"] = "application/json";
    headers["If-Match"] = version;
    options.body = JSON.stringify(body);
  }
  let response;
  let answer = null;
  try {
    response = await fetch(path, options);
    answer = await response.json();
  } catch {
    if (response === undefined) throw new Problem("gone", "The server does not answer.");
  }
  if (response.ok) return answer;
  const problem = new Problem(kKinds[response.status] ?? "other", String(answer?.detail ?? `the server answered ${response.status}`));
  problem.status = response.status;
  throw problem;
}

// What stands in the table and is filtered by.
function decisionOf(state) {
  if (state === undefined) return "undecided";
  if (state.stage === "open") return state.verdict === "" ? "undecided" : state.verdict;
  return state.stage === "decided" ? state.verdict : state.stage;
}

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
    this.panel = null;
    this.busy = false;
    this.keys = { z: () => this.undo(), q: () => this.next(), e: () => this.panel?.querySelector("#case-note")?.focus() };
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

  text(id) {
    return this.panel?.querySelector(id)?.value.trim() ?? "";
  }

  decide(verdict, what = null, more = {}) {
    return this.act(async () => {
      const id = this.chosenId();
      if (id === null) return;
      const body = { ...(what ?? this.scope(id)), ...(verdict === null ? {} : { verdict }), ...more };
      for (const name of verdict === null && body.action !== "reopen" ? [] : ["reason", "note"]) if (this.text(`#case-${name}`) !== "") body[name] = this.text(`#case-${name}`);
      const answer = await ask("POST", `${this.base}/decisions`, body, this.version);
      const after = this.page.after();  // a filter may take the alert out of the table
      this.took(answer);
      this.undoable.push(answer.sequence);
      this.say(`${words(verdict ?? body.action)}${answer.alerts.length > 1 ? ` on ${answer.alerts.length} alerts` : ""}`);
      document.getElementById("case-undo").disabled = false;
      if (verdict === null) await this.showAgain();
      else await this.advance(after);
    });
  }

  // What is decided on: the open alert, or all that is chosen beside the verdicts.
  scope(id) {
    const alerts = this.page.alerts();
    const row = alerts.rowById.get(id);
    switch (this.text("#case-scope")) {
      case "address": return { address: alerts.address(row) };
      case "cluster": return { cluster_id: alerts.cluster(row) };
      case "shown": return { alerts: this.shownUndecided() };
      default: return { alerts: [id] };
    }
  }

  // Those of the table, as it is filtered, on which nobody has decided.
  shownUndecided() {
    const alerts = this.page.alerts();
    const rows = this.page.shown();
    if (rows.length > kMostAtOnce + this.states.size) return [];  // too many for one decision
    return rows.filter((row) => !alerts.isGone(row) && this.states.get(alerts.id[row])?.stage !== "decided").map((row) => alerts.id[row]);
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

  // --- the panel of one alert --------------------------------------------------------------------------------

  showAgain() {
    const alerts = this.page.alerts();
    const row = this.page.row();
    const pane = this.panel?.parentElement;
    this.panel?.remove();
    this.showQueues();
    return pane && row >= 0 ? this.show(pane, alerts, row) : null;
  }

  // Into the pane of an alert that was just opened.
  async show(pane, alerts, row) {
    const id = alerts.id[row];
    const section = element("section", { "aria-label": "Decision", class: "case" }, element("h3", {}, "Decision"));
    pane.querySelector("header").after(section);
    this.panel = section;
    // At once, so that a note can be begun before the rest is known: its letters would be taken for verdicts.
    const form = this.me.may_decide ? this.form(alerts, row, this.states.get(id)) : element("div", {});
    section.append(form);
    let answer;
    try {
      answer = await ask("GET", `${this.base}/alerts/${encodeURIComponent(id)}`);
    } catch (problem) {
      section.append(element("p", { class: "note" }, problem.message));
      return;
    }
    if (this.panel !== section) return;
    form.before(this.standing(answer), ...this.offers(answer));
    section.append(this.history(answer));
  }

  standing(answer) {
    const { state } = answer;
    const parts = [words(decisionOf(state ?? undefined))];
    if (state !== null && state.author !== "") parts.push(`by ${state.author}`);
    if (state !== null && state.second !== "") parts.push(`and ${state.second}`);
    if (state !== null && state.assignee !== "") parts.push(`for ${state.assignee}`);
    if (state !== null && state.due !== "" && state.stage !== "decided") parts.push(`due ${state.due}`);
    if (answer.held_by !== "") parts.push(`${answer.held_by} works on it`);
    if (answer.hidden) parts.push("score and reasons are hidden until it is decided");
    return element("p", { id: "case-state" }, parts.join(" · "));
  }

  offers(answer) {
    return answer.offers.slice(0, 3).map((offer) => element("p", { class: "note offer" },
      `On ${offer.processing_date} ${offer.author} decided “${words(offer.verdict)}” on an alert of this address${offer.reason === undefined || offer.reason === "" ? "" : ` (${offer.reason})`}. `,
      `Since: ${offer.since.typology_then === offer.since.typology_now ? "the same typology" : `${words(offer.since.typology_now)} in place of ${words(offer.since.typology_then)}`}, `,
      `rank ${offer.since.rank_then} then and ${offer.since.rank_now} now. `,
      this.me.may_decide ? element("button", { type: "button", class: "link", onclick: () => this.decide(offer.verdict, null, offer.reason ? { reason: offer.reason } : {}) }, "Decide so again") : ""));
  }

  form(alerts, row, state) {
    const decided = state?.stage === "decided";
    const buttons = kVerdicts.map(([key, verdict, name]) => element("button", { type: "button", id: `case-${verdict}`, disabled: decided, onclick: () => this.decide(verdict) }, `${name} (${key})`));
    return element("div", { class: "case-form" },
      element("div", { class: "buttons" }, ...buttons),
      decided ? "" : this.scopes(alerts, row),
      element("label", {}, "Reason ", element("input", { id: "case-reason", list: "case-reasons", maxlength: 256, autocomplete: "off" })),
      element("datalist", { id: "case-reasons" }, ...kReasons.map((reason) => element("option", { value: reason }))),
      element("label", {}, "Note (e) ", element("textarea", { id: "case-note", rows: 2, maxlength: 4000 })),
      element("label", {}, "For ", this.people(state)),
      element("label", {}, "Due ", element("input", { id: "case-due", type: "date", value: state?.due ?? "", onchange: (event) => event.target.value !== "" && this.assign({ due: event.target.value }) })),
      element("div", { class: "buttons" },
        decided ? element("button", { type: "button", id: "case-reopen", onclick: () => this.reopen() }, "Reopen, with a reason") : ""));
  }

  // Whose it is: choosing somebody hands it over at once.
  people(state) {
    const names = this.me.people ?? [];
    return element("select", { id: "case-assignee", onchange: (event) => event.target.value !== "" && this.assign({ assignee: event.target.value }) },
      element("option", { value: "" }, "nobody yet"), ...names.map((name) => element("option", { value: name, selected: state?.assignee === name }, name)));
  }

  assign(what) {
    return this.decide(null, { alerts: [this.chosenId()] }, { action: "assign", ...what });
  }

  // What a verdict is about, where that can be more than the open alert.
  scopes(alerts, row) {
    const address = alerts.address(row);
    const cluster = alerts.cluster(row);
    const counted = [["address", address === null ? 0 : alerts.rowsOf(address).length, "of its address"],
                     ["cluster", cluster === null ? 0 : alerts.rowsOfCluster(cluster).length, "of its cluster"],
                     ["shown", this.shownUndecided().length, "undecided ones in the table"]];
    const more = counted.filter(([name, size]) => size > 1 && (name !== "shown" || size <= kMostAtOnce));
    if (more.length === 0) return "";
    return element("label", {}, "Verdict on ", element("select", { id: "case-scope" }, element("option", { value: "" }, "this alert"),
      ...more.map(([name, size, what]) => element("option", { value: name }, `all ${size} ${what}`))));
  }

  reopen() {
    if (this.text("#case-reason") === "") {
      this.say("to reopen takes a reason");
      return;
    }
    this.decide(null, { alerts: [this.chosenId()] }, { action: "reopen" });
  }

  history(answer) {
    if (answer.entries.length === 0) return "";
    return element("details", {}, element("summary", {}, `What was done: ${answer.entries.length}`),
      element("ol", { id: "case-history" }, ...answer.entries.map((entry) => element("li", {}, doneIn(entry)))));
  }
}
