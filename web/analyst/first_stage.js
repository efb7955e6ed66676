// What the first of two models says of an alert's address and of those it deals with, and why: of the first ranks, where the alert scorer has a second stage.
import { count, element, score, short, usd } from "./format.js";
import { sentenceOf } from "./reasons.js";

const sentence = (reason) => `${reason.contribution < 0 ? "Lowers it: " : "Raises it: "}${sentenceOf({ ...reason, name: reason.feature, feature: { meaning: reason.meaning ?? "" }, standing: "" })}`;

const own = (told) => `The first model gives the address ${score(told.score)}; of ${count(told.counterparties)} that it deals with, ${count(told.counterparties_in_highest_hundredth)} are in the highest hundredth of the day's addresses.`;
const other = (one) => `${score(one.score)} for ${short(one.address, 10, 8)}, ${usd(one.amount_usd)} between the two`;

const list = (reasons) => element("ul", { class: "sentences" }, ...reasons.map((reason) => element("li", { class: reason.contribution < 0 ? "lower" : "higher" }, sentence(reason))));

// center(address): shows the money of one.
export function firstStagePart(told, center) {
  if (!told) return "";
  return element("details", { class: "family first-stage" }, element("summary", {}, element("span", { class: "what" }, "What a first model says of its address and whom it deals with")),
    element("p", {}, own(told)), list(told.reasons),
    ...told.highest_counterparties.map((one) => element("details", { class: "neighbour" },
      element("summary", {}, other(one)), list(one.reasons),
      element("button", { type: "button", class: "link", title: one.address, onclick: () => center(one.address) }, "Its flows"))));
}

// The same for a report: a sentence of the address and of each counterparty, each with its reasons.
export function firstStageLines(told) {
  if (!told) return [];
  return [[own(told), told.reasons.map(sentence)],
          ...told.highest_counterparties.map((one) => [`It gives ${score(one.score)} to ${one.address}, ${usd(one.amount_usd)} between the two.`, one.reasons.map(sentence)])];
}
