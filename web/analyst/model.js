// The card of the model that scored a day, in a dialog.
import * as api from "./api.js";
import { count, element, plain, words } from "./format.js";

const share = (value) => (typeof value === "number" ? `${plain(value * 100, 1)} %` : "");
const figure = (value) => (typeof value === "number" ? plain(value, 4) : "");

function facts(pairs) {
  return element("dl", {}, ...pairs.filter(([, value]) => value !== "" && value !== undefined && value !== null)
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
}

// Figures of a part of the card: numbers, and of {value, low, high} the value with its interval.
function figures(part) {
  const rows = [];
  for (const [name, value] of Object.entries(part ?? {})) {
    if (typeof value === "number") rows.push([words(name), Number.isInteger(value) ? count(value) : figure(value)]);
    else if (typeof value?.value === "number") rows.push([words(name), `${figure(value.value)}${typeof value.low === "number" ? `, between ${figure(value.low)} and ${figure(value.high)}` : ""}`]);
  }
  return rows;
}

function calibrationTable(calibration) {
  const like = calibration?.like ?? [];
  if (like.length === 0) return "";
  return element("table", { class: "plain" }, element("caption", {}, "What became of alerts that the model had not learned from"),
    element("thead", {}, element("tr", {}, ...["Probability from", "Reported", "Between", "Alerts"].map((text) => element("th", { scope: "col", class: "numeric" }, text)))),
    element("tbody", {}, ...like.map((bin) => element("tr", {},
      ...[share(bin.from), share(bin.share), `${share(bin.low)} and ${share(bin.high)}`, count(bin.rows)].map((text) => element("td", { class: "numeric" }, text))))));
}

function cardOf(task, card, record) {
  const head = [["Version", record?.version], ["File", record?.file], ["sha256", record?.sha256]];
  if (card === null || card === undefined) return element("section", {}, element("h3", {}, words(task)), facts(head), element("p", { class: "note" }, "The batch has no card of this model."));
  return element("section", {}, element("h3", {}, words(task)),
    facts([...head, ["Made by", card.program_version ? `aml-miner ${card.program_version}` : ""], ["Objective", card.objective]]),
    element("h4", {}, "On days that it had not seen"), facts(figures(card.held_out?.metrics ?? card.held_out)),
    calibrationTable(card.calibration),
    element("details", {}, element("summary", {}, "The whole card"), element("pre", { tabindex: 0 }, JSON.stringify(card, null, 1))));
}

// Opens the dialog for a day; what goes wrong stands in it.
export async function showModel(dialog, day, metadata) {
  const body = dialog.querySelector(".body");
  body.replaceChildren(element("p", { class: "muted" }, "Reading…"));
  dialog.showModal();
  try {
    const cards = await api.models(day);
    const models = metadata?.models ?? {};
    const [first, ...others] = Object.keys(models).sort((a, b) => (b === "alert_scorer") - (a === "alert_scorer"));
    const seen = new Set();
    const parts = [first, ...others].filter((task) => task !== undefined && !seen.has(models[task].sha256) && seen.add(models[task].sha256));
    body.replaceChildren(...parts.map((task) => cardOf(task, cards[task], models[task])));
  } catch (error) {
    body.replaceChildren(element("p", { class: "note" }, error.message));
  }
}
