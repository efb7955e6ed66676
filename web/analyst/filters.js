// The form above the table: search, severities, changes, a range of scores.
import { kChanges } from "./alerts.js";
import { count, element, words } from "./format.js";

const kTypingMs = 120;
const kNothing = { q: "", severity: [], change: [], decision: [], min: null, max: null };

const $ = (id) => document.getElementById(id);
const kEnds = [["min-score", "min"], ["max-score", "max"]];

const isFiltered = (place) => place.q !== "" || place.severity.length > 0 || place.change.length > 0 || place.decision.length > 0 || place.min !== null || place.max !== null;

function scoreOf(id) {
  const value = Number.parseFloat($(id).value);
  return value >= 0 && value <= 1 ? value : null;
}

export class Filters {
  // handlers: {go(changes, options): to another place, down(): from the search to the table}
  constructor(handlers) {
    this.go = handlers.go;
    this.place = null;
    this.typing = 0;
    this.isTyped = false;  // whether the place that is shown next is what somebody is typing
    $("search").addEventListener("input", () => this.onTyping(() => ({ q: $("search").value.trim() })));
    $("search").addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      handlers.down();
    });
    for (const [id, name] of kEnds) $(id).addEventListener("input", () => this.onTyping(() => ({ [name]: scoreOf(id) })));
    $("clear").addEventListener("click", () => {
      $("search").value = $("min-score").value = $("max-score").value = "";
      this.go(kNothing);
    });
    $("filters-open").addEventListener("click", () => {
      const open = $("filters").classList.toggle("open");
      $("filters-open").setAttribute("aria-expanded", String(open));
    });
    $("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  // What is typed counts once the typing stops, and makes no step that "back" would have to undo.
  onTyping(change) {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = 0;
      this.isTyped = true;
      if (this.place !== null) this.go(change(), { replace: true });
      this.isTyped = false;
    }, kTypingMs);
  }

  // Somebody went elsewhere: what was being typed there does not count here.
  forget() {
    clearTimeout(this.typing);
    this.typing = 0;
  }

  // Shows a place's filters; what somebody is typing into stays as it is.
  show(alerts, place) {
    this.place = place;
    const isTyping = this.isTyped || this.typing !== 0;
    const put = (id, value) => {
      if (!isTyping || document.activeElement !== $(id)) $(id).value = value;
    };
    put("search", place.q);
    for (const [id, name] of kEnds) put(id, place[name] ?? "");
    this.chips("severities", "severity", alerts, alerts.severities().map((value) => ({ value, text: value })));
    const counts = alerts.changeCounts();
    this.chips("changes", "change", alerts, alerts.change === null ? [] : kChanges.map((value) => ({ value, text: `${value} ${count(counts[value])}` })));
    const decided = alerts.decisionCounts?.() ?? new Map();
    this.chips("decisions", "decision", alerts, [...decided].filter(([, n]) => n > 0).map(([value, n]) => ({ value, text: `${words(value)} ${count(n)}` })));
    $("clear").hidden = !isFiltered(place);
  }

  chips(id, name, alerts, labels) {
    const field = $(id);
    const wanted = `${alerts.day} ${labels.map((label) => label.text).join("\n")}`;
    field.hidden = labels.length === 0;
    if (field.dataset.labels !== wanted) {
      field.dataset.labels = wanted;
      field.replaceChildren(field.firstElementChild, ...labels.map((label) => this.chip(name, label)));
    }
    for (const box of field.querySelectorAll("input")) box.checked = this.place[name].includes(box.value);
  }

  chip(name, label) {
    const box = element("input", { type: "checkbox", value: label.value });
    box.addEventListener("change", () => {
      const values = new Set(this.place[name]);
      if (box.checked) values.add(label.value);
      else values.delete(label.value);
      this.go({ [name]: [...values] });
    });
    return element("label", { class: `chip ${/^[a-z]+$/.test(label.value) ? label.value : ""}` }, box, label.text);
  }
}
