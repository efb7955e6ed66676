// Where one alert stands, what was done to it, and what is done to it next.
import { ask, decisionOf } from "./case_questions.js";
import { element, words } from "./format.js";
import { doneIn } from "./report.js";

export const kVerdicts = [["r", "report", "Report"], ["n", "no_report", "No report"], ["u", "unsure", "Unsure"], ["s", "seen", "Seen"]];
const kMostAtOnce = 1000;  // alerts in one decision, as the server takes them
const kReasons = ["structuring", "layering", "mixer", "ransomware", "fraud", "sanctions", "known service", "own transfer", "explained by customer"];

// Of an open alert. desk: the Cases that it belongs to.
export class CasePanel {
  constructor(desk) {
    this.desk = desk;
    this.section = null;
  }

  part(selector) {
    return this.section?.querySelector(selector);
  }

  text(id) {
    return this.section?.querySelector(id)?.value.trim() ?? "";
  }

  // What is decided on: the open alert, or all that is chosen beside the verdicts.
  scope(id) {
    const alerts = this.desk.page.alerts();
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
    const alerts = this.desk.page.alerts();
    const rows = this.desk.page.shown();
    if (rows.length > kMostAtOnce + this.desk.states.size) return [];  // too many for one decision
    return rows.filter((row) => !alerts.isGone(row) && this.desk.states.get(alerts.id[row])?.stage !== "decided").map((row) => alerts.id[row]);
  }

  showAgain() {
    const alerts = this.desk.page.alerts();
    const row = this.desk.page.row();
    const pane = this.section?.parentElement;
    this.section?.remove();
    this.desk.showQueues();
    return pane && row >= 0 ? this.show(pane, alerts, row) : null;
  }

  // Into the pane of an alert that was just opened.
  async show(pane, alerts, row) {
    const id = alerts.id[row];
    const section = element("section", { "aria-label": "Decision", class: "case" }, element("h3", {}, "Decision"));
    pane.querySelector("header").after(section);
    this.section = section;
    // At once, so that a note can be begun before the rest is known: its letters would be taken for verdicts.
    const form = this.desk.me.may_decide ? this.form(alerts, row, this.desk.states.get(id)) : element("div", {});
    section.append(form);
    let answer;
    try {
      answer = await ask("GET", `${this.desk.base}/alerts/${encodeURIComponent(id)}`);
    } catch (problem) {
      section.append(element("p", { class: "note" }, problem.message));
      return;
    }
    if (this.section !== section) return;
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
      this.desk.me.may_decide ? element("button", { type: "button", class: "link", onclick: () => this.desk.decide(offer.verdict, null, offer.reason ? { reason: offer.reason } : {}) }, "Decide so again") : ""));
  }

  form(alerts, row, state) {
    const decided = state?.stage === "decided";
    const buttons = kVerdicts.map(([key, verdict, name]) => element("button", { type: "button", id: `case-${verdict}`, disabled: decided, onclick: () => this.desk.decide(verdict) }, `${name} (${key})`));
    return element("div", { class: "case-form" },
      element("div", { class: "buttons" }, ...buttons),
      decided ? "" : this.scopes(alerts, row),
      element("label", {}, "Reason ", element("input", { id: "case-reason", list: "case-reasons", maxlength: 256, autocomplete: "off" })),
      element("datalist", { id: "case-reasons" }, ...kReasons.map((reason) => element("option", { value: reason }))),
      element("label", {}, "Note (e) ", element("textarea", { id: "case-note", rows: 2, maxlength: 4000 })),
      element("label", {}, "For ", this.people(state)),
      element("label", {}, "Due ", element("input", { id: "case-due", type: "date", value: state?.due ?? "", onchange: (event) => event.target.value !== "" && this.desk.assign({ due: event.target.value }) })),
      element("div", { class: "buttons" },
        decided ? element("button", { type: "button", id: "case-reopen", onclick: () => this.desk.reopen() }, "Reopen, with a reason") : ""));
  }

  // Whose it is: choosing somebody hands it over at once.
  people(state) {
    const names = this.desk.me.people ?? [];
    return element("select", { id: "case-assignee", onchange: (event) => event.target.value !== "" && this.desk.assign({ assignee: event.target.value }) },
      element("option", { value: "" }, "nobody yet"), ...names.map((name) => element("option", { value: name, selected: state?.assignee === name }, name)));
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

  history(answer) {
    if (answer.entries.length === 0) return "";
    return element("details", {}, element("summary", {}, `What was done: ${answer.entries.length}`),
      element("ol", { id: "case-history" }, ...answer.entries.map((entry) => element("li", {}, doneIn(entry)))));
  }
}
