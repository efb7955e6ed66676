// Where one alert stands, what was done to it, and what is done to it next.
import { Problem } from "./api.js";
import { caseOf, decisionOf } from "./cases_api.js";
import { count, element, words } from "./format.js";
import { linesOf } from "./report.js";

export const kVerdicts = [["r", "report", "Report"], ["n", "no_report", "No report"], ["u", "unsure", "Unsure"], ["s", "seen", "Seen"]];
const kMostAtOnce = 1000;  // alerts in one decision, as the server takes them
const kMostListBytes = 50000;  // of their ids: the server takes 65,536 with all else
const kMostBytes = { reason: 256, note: 4096 };  // of a text, as the server takes it
const kReasons = ["structuring", "layering", "mixer", "ransomware", "fraud", "sanctions", "known service", "own transfer", "explained by customer"];

const bytesOf = (text) => new TextEncoder().encode(text).length;

// Of an open alert. desk: the Cases that it belongs to. What is being written stays where the rest is drawn anew.
export class CasePanel {
  constructor(desk) {
    this.desk = desk;
    this.section = null;
    this.day = null;
    this.id = "";
  }

  get isOpen() {
    return this.section !== null && this.section.isConnected && this.day === this.desk.day;
  }

  // Into the pane of an alert that was just opened, or is drawn again because a server or a batch came back.
  show(pane, alerts, row) {
    const kept = this.id === alerts.id[row] && this.day?.alerts.day === alerts.day ? this.fields : null;
    this.day = alerts.cases;
    this.id = alerts.id[row];
    this.row = row;
    this.state = this.day.states.get(this.id) ?? null;
    this.version = this.day.version;  // what a verdict on this alert is made in sight of
    this.isChanged = false;  // by others, while it was open
    this.answer = null;
    this.choice = null;  // of more than this alert
    this.offeredKey = "";
    this.standing = element("p", { id: "case-state" });
    this.told = element("p", { id: "case-told", class: "note", role: "status", hidden: true });
    this.offered = element("div", {});
    this.history = element("div", {});
    // The form at once, so that a note can be begun before the rest is known: its letters would be taken for verdicts.
    this.form = this.desk.me.may_decide ? this.makeForm() : "";
    if (kept && this.form) for (const name of Object.keys(kMostBytes)) this.fields[name].value = kept[name].value;
    this.section = element("section", { "aria-label": "Decision", class: "case" }, element("h3", {}, "Decision"), this.told, this.standing, this.offered, this.form, this.history);
    pane.querySelector("header").after(this.section);
    this.draw();
    return this.ask();
  }

  async ask() {
    const { section, id, day } = this;
    const mine = this.asking = {};
    let answer;
    try {
      answer = await caseOf(day.alerts.day, id);
    } catch (problem) {
      if (mine === this.asking) this.tell(problem.message);
      return;
    }
    if (mine !== this.asking || this.section !== section) return;
    if ((answer.state?.sequence ?? 0) < (this.state?.sequence ?? 0)) return;  // from before a write: it is asked again
    this.answer = answer;
    this.state = answer.state;
    this.version = answer.version;
    if (this.isChanged) this.tell(`Changed while it was open: ${linesOf(answer.entries).at(-1)}`);
    this.offered.replaceChildren(...this.offers());
    this.history.replaceChildren(...this.done());
    this.draw();
  }

  // Something was done to alerts of the day.
  changed() {
    if (!this.isOpen) return;
    const now = this.day.states.get(this.id);
    if ((now?.sequence ?? 0) > (this.state?.sequence ?? 0)) {
      this.isChanged = !this.day.own.has(now.sequence);
      this.tell(this.isChanged ? "Changed while it was open: look at it again." : "");
      this.state = now;
      this.version = this.day.version;
      this.ask();
    }
    this.draw();
  }

  // What stands there already: the table has other rows.
  redraw() {
    if (this.isOpen) this.draw();
  }

  tell(text) {
    this.told.textContent = text;
    this.told.hidden = text === "";
  }

  focusNote() {
    this.fields?.note.focus();
  }

  // --- what is drawn anew -----------------------------------------------------------------------------------------

  draw() {
    this.standing.textContent = this.where();
    if (!this.form) return;
    const { state } = this;
    const decided = state?.stage === "decided";
    for (const button of this.verdicts) button.disabled = decided;
    this.reopening.hidden = !decided;
    this.drawScopes();
    this.assigned.textContent = state?.assignee || "nobody yet";
    for (const button of this.people.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === state?.assignee));
    if (document.activeElement !== this.due) this.due.value = state?.due ?? "";
  }

  where() {
    const { state, answer } = this;
    const parts = [words(decisionOf(state ?? undefined))];
    if (state && state.author !== "") parts.push(`by ${state.author}`);
    if (state && state.second !== "") parts.push(`and ${state.second}`);
    if (state && state.assignee !== "") parts.push(`for ${state.assignee}`);
    if (state && state.due !== "" && state.stage !== "decided") parts.push(`due ${state.due}`);
    const holder = answer?.held_by || this.day.held.get(this.id);
    if (holder) parts.push(`${holder} works on it`);
    if (this.day.hidden.has(this.id)) parts.push("score and reasons are hidden until it is decided");
    return parts.join(" · ");
  }

  offers() {
    return this.answer.offers.slice(0, 3).map((offer) => element("p", { class: "note offer" },
      `On ${offer.processing_date} ${offer.author} decided “${words(offer.verdict)}” on an alert of this address${offer.reason === undefined || offer.reason === "" ? "" : ` (${offer.reason})`}. `,
      `Since: ${offer.since.typology_then === offer.since.typology_now ? "the same typology" : `${words(offer.since.typology_now)} in place of ${words(offer.since.typology_then)}`}, `,
      `rank ${offer.since.rank_then} then and ${offer.since.rank_now} now. `,
      this.form ? element("button", { type: "button", class: "link", onclick: () => this.again(offer) }, "Decide so again") : ""));
  }

  // On this alert, whatever is chosen for verdicts.
  again(offer) {
    this.choice = null;
    this.desk.decide(offer.verdict, offer.reason ? { reason: offer.reason } : {});
  }

  done() {
    const { entries } = this.answer;
    if (entries.length === 0) return [];
    return [element("details", { open: this.history.querySelector("details")?.open ?? false }, element("summary", {}, `What was done: ${entries.length}`),
      element("ol", { id: "case-history" }, ...linesOf(entries).map((line) => element("li", {}, line))))];
  }

  // --- what is done next ------------------------------------------------------------------------------------------

  makeForm() {
    this.verdicts = kVerdicts.map(([key, verdict, name]) => element("button", { type: "button", id: `case-${verdict}`, onclick: () => this.desk.decide(verdict) }, `${name} (${key})`));
    this.scopes = element("label", { hidden: true });
    this.fields = { reason: element("input", { id: "case-reason", list: "case-reasons", maxlength: kMostBytes.reason, autocomplete: "off" }),
                    note: element("textarea", { id: "case-note", rows: 2, maxlength: kMostBytes.note }) };
    this.people = this.makePeople();
    const first = this.day.alerts.day;
    this.due = element("input", { id: "case-due", type: "date", min: first, onkeydown: (event) => event.key === "Enter" && this.setDue() });
    this.reopening = element("button", { type: "button", id: "case-reopen", onclick: () => this.desk.reopen() }, "Reopen, with a reason");
    return element("div", { class: "case-form" }, element("div", { class: "buttons" }, ...this.verdicts), this.scopes,
      element("label", {}, "Reason ", this.fields.reason),
      element("datalist", { id: "case-reasons" }, ...kReasons.map((reason) => element("option", { value: reason }))),
      element("label", {}, "Note (e) ", this.fields.note),
      element("div", { class: "field" }, element("span", {}, "For"), this.people),
      element("div", { class: "field" }, element("label", { for: "case-due" }, "Due"), element("span", { class: "due" }, this.due, " ", element("button", { type: "button", id: "case-set-due", onclick: () => this.setDue() }, "Set"))),
      element("div", { class: "buttons" }, this.reopening));
  }

  // Whose it is: one choice hands it over. No <select>, whose arrows would hand it to everybody on the way.
  makePeople() {
    this.assigned = element("summary", {});
    const menu = element("details", { id: "case-assignee", class: "menu" }, this.assigned, element("div", { role: "group", "aria-label": "Hand it to" },
      ...(this.desk.me.people ?? []).map((name) => element("button", { type: "button", value: name, onclick: () => {
        menu.open = false;
        this.assigned.focus();
        this.desk.assign({ assignee: name }, `for ${name}`);
      } }, name))));
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== null && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => this.stepPeople(event, menu));
    return menu;
  }

  // While the list is open its keys are its own: arrows, letters that a name begins with, Escape.
  stepPeople(event, menu) {
    if (!menu.open || ["Tab", "Enter", " "].includes(event.key)) return;
    event.stopPropagation();
    const names = [...menu.querySelectorAll("button")];
    const at = names.indexOf(document.activeElement);
    if (event.key === "Escape") {
      menu.open = false;
      this.assigned.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      names[Math.max(0, Math.min(names.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))]?.focus();
    } else {
      names.slice(at + 1).concat(names).find((button) => button.value.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  }

  // By Enter or the button: a date that is being typed is another one at each key.
  setDue() {
    if (this.due.value === "" || !this.due.validity.valid) this.desk.say(`due is a date from ${this.day.alerts.day} on`);
    else if (this.due.value !== this.state?.due) this.desk.assign({ due: this.due.value }, `due ${this.due.value}`);
  }

  // Reason and note. Throws a Problem where the server would take one for too long.
  written() {
    const texts = {};
    for (const [name, most] of Object.entries(kMostBytes)) {
      const text = this.fields[name].value.trim();
      const bytes = bytesOf(text);
      if (bytes > most) throw new Problem("other", `the ${name} has ${count(bytes)} bytes: ${count(most)} are the most`);
      if (text !== "") texts[name] = text;
    }
    return texts;
  }

  // Reason and note stand in the trail now.
  sent() {
    this.choice = null;
    for (const field of Object.values(this.fields)) field.value = "";
  }

  // --- what a verdict is about ------------------------------------------------------------------------------------

  // What it is about where that can be more than the open alert, with those of them on which nobody has decided.
  candidates() {
    const { alerts } = this.day;
    const [address, cluster] = [alerts.address(this.row), alerts.cluster(this.row)];
    const shown = this.desk.page.shown();
    const isOpen = this.state === null || this.state.stage === "open";  // others' proposals are confirmed one by one
    return [["address", "of its address", isOpen && address !== null ? alerts.rowsOf(address) : [], { address }],
            ["cluster", "of its cluster", isOpen && cluster !== null ? alerts.rowsOfCluster(cluster) : [], { cluster_id: cluster }],
            ["shown", "undecided ones in the table", shown.length > kMostAtOnce + this.day.states.size + this.day.held.size ? [] : shown, null]]
      .map(([name, what, rows, body]) => {
        const ids = [...rows].filter((row) => !alerts.isGone(row)).map((row) => alerts.id[row]).filter((id) => this.day.isFree(id));
        const isWhole = body !== null && rows.every((row) => this.day.isFree(alerts.id[row]) || this.day.states.get(alerts.id[row])?.stage === "decided");  // which stay as they are
        return { name, ids, text: `all ${ids.length} ${what}`, body: isWhole ? body : { alerts: ids } };
      }).filter(({ ids, name }) => ids.length > 1 && ids.length <= kMostAtOnce && (name !== "shown" || bytesOf(JSON.stringify(ids)) <= kMostListBytes));
  }

  // What was chosen means the alerts that it meant then, or nothing.
  drawScopes() {
    const offered = this.state?.stage === "decided" ? [] : this.candidates();
    if (this.choice !== null && !offered.some((one) => one.name === this.choice.name && String(one.ids) === String(this.choice.ids))) {
      this.tell(`“${this.choice.text}” are others by now: a verdict is on this alert alone.`);
      this.choice = null;
    }
    const key = offered.map((one) => `${one.name} ${one.ids}`).join("\n");
    if (key !== this.offeredKey) {
      this.offeredKey = key;
      this.scopes.hidden = offered.length === 0;
      this.scopes.replaceChildren("Verdict on ", element("select", { id: "case-scope", onchange: (event) => {
        this.choice = offered.find((one) => one.name === event.target.value) ?? null;
      } }, element("option", { value: "" }, "this alert"), ...offered.map((one) => element("option", { value: one.name }, one.text))));
    }
    const select = this.scopes.querySelector("select");
    if (select !== null) select.value = this.choice?.name ?? "";
  }

  // What is decided on, and in sight of what.
  chosen() {
    return this.choice === null ? { what: { alerts: [this.id] }, version: this.version } : { what: this.choice.body, version: this.day.version };
  }
}
