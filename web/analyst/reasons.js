// Why an alert has its score, in families of features and in sentences.
import { element, number, plain, signed, usd, words } from "./format.js";

const kFamilies = {
  alert: "The alert itself",
  address: "Its address",
  flows: "Money through the address",
  patterns: "Patterns of money",
  neighbours: "Whom it deals with",
  history: "What else is known and alerted",
};
const kNothing = 5e-7;  // what a published sum may be off

export const familyName = (name) => kFamilies[name] ?? words(name);

const capital = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

// What stands in explain_json, or null where it is none.
export function parseExplanation(text) {
  try {
    const explanation = JSON.parse(text);
    return Array.isArray(explanation?.top_features) && Number.isFinite(explanation.base_value) ? explanation : null;
  } catch {
    return null;
  }
}

// What a day says of its features: {name: {meaning, unit, range, family, percentiles}} and the percentiles that those are.
export function registryOf(answer) {
  return { percentiles: answer.percentiles ?? [], features: new Map((answer.alerts ?? []).map((feature) => [feature.name, feature])) };
}

// "above 95 % of the day's alerts"; nothing where it is not known.
export function standing(value, feature, percentiles) {
  const values = feature?.percentiles ?? [];
  if (value === null || value === undefined || values.length === 0 || values.length !== percentiles.length) return "";
  const rounded = Number(value.toPrecision(6));  // as the day's values are
  const above = percentiles.findLast((percentile, i) => values[i] < rounded);
  const below = percentiles.find((percentile, i) => values[i] > rounded);
  if (above !== undefined && (above >= 50 || below === undefined)) return above === 0 ? "above the least of the day's alerts" : `above ${Math.min(above, 99)} % of the day's alerts`;
  if (below === undefined) return "as of all of the day's alerts";
  if (below <= 50) return `below ${100 - Math.max(below, 1)} % of the day's alerts`;
  return above === undefined ? `the day's least, as of at least ${percentiles.findLast((percentile, i) => values[i] === rounded) ?? 0} %` : "amid the day's alerts";
}

export function valueText(value, feature) {
  if (value === null || value === undefined) return "not known";
  if (feature?.unit === "USD") return usd(value);
  return `${number(value)}${feature?.unit ? ` ${feature.unit}` : ""}`;
}

// One sentence a reason: "Unique senders to the address: 33 addresses, above 95 % of the day's alerts."
export function sentenceOf(reason) {
  const { feature, value } = reason;
  const meaning = capital(feature?.meaning || words(reason.name));
  if (value === null || value === undefined) return `It is not known: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}.`;
  if (feature?.range === "0 or 1" && (value === 0 || value === 1)) return value === 1 ? `${meaning}.` : `It does not hold that ${feature.meaning}.`;
  const stands = reason.standing === "" ? "" : `, ${reason.standing}`;
  return `${meaning}: ${valueText(value, feature)}${stands}.`;
}

// "unique senders to the address were 3 addresses and not 45 addresses"
function changeText(change, registry) {
  const feature = registry.features.get(change.feature);
  const meaning = feature?.meaning || words(change.feature);
  if (feature?.range === "0 or 1" && (change.to === 0 || change.to === 1)) return change.to === 1 ? `it held that ${meaning}` : `it did not hold that ${meaning}`;
  return `${meaning} were ${valueText(change.to, feature)} and not ${valueText(change.from, feature)}`;
}

// What would have to be otherwise for the alert to leave the first ranks, as process found it; nothing where it was not asked.
export function otherwise(found, registry) {
  if (!Array.isArray(found?.changes)) return "";
  const top = `the first ${plain(found.first_ranks, 0)}`;
  if (found.changes.length > 0) {
    const past = Math.max(1, Math.round(found.distance * 100));
    return `It would not be among ${top} if only ${found.changes.map((change) => changeText(change, registry)).join(", and ")}, all else as it is (past ${past} % of the day's alerts).`;
  }
  return found.is_complete ? `No other value of up to three features that can move would take it out of ${top}.` : `No change was found that would take it out of ${top}; the search ended at its bound.`;
}

// An explanation as {base, raw, families: [{name, sum, reasons: [{name, feature, value, contribution, standing}], rest}], rest}: families and
// reasons by size; rest: what no reason of the family says; a batch of an earlier version has one family without a name.
export function reasonsOf(explanation, rawScore, registry) {
  const sums = new Map(Object.entries(explanation.families ?? {}));
  const isTold = sums.size > 0;
  const families = new Map([...sums].map(([name, sum]) => [name, { name, sum: sum ?? 0, reasons: [], rest: sum ?? 0 }]));
  let named = 0;
  const contributions = { ...explanation.feature_contributions, ...explanation.other_contributions };
  const values = { ...explanation.feature_values, ...explanation.other_values };
  for (const name of [...explanation.top_features, ...Object.keys(explanation.other_contributions ?? {})]) {
    const feature = registry.features.get(name);
    const family = isTold ? (feature?.family ?? "other") : "";
    if (!families.has(family)) families.set(family, { name: family, sum: 0, reasons: [], rest: 0 });
    const value = values[name];
    const contribution = contributions[name];
    families.get(family).reasons.push({ name, feature, value, contribution, standing: standing(value, feature, registry.percentiles) });
    families.get(family).rest -= contribution;
    named += contribution;
  }
  const all = isTold ? [...sums.values()].reduce((sum, part) => sum + (part ?? 0), 0) : (rawScore ?? explanation.base_value + named) - explanation.base_value;
  if (!isTold) for (const family of families.values()) Object.assign(family, { sum: all, rest: all - named });
  return { base: explanation.base_value, raw: explanation.base_value + all, isTold,
           families: [...families.values()].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)) };
}

export const hasRest = (family) => Math.abs(family.rest) > kNothing;

export const restName = (family) => (family.name === "" ? "all other features" : `others of ${words(family.name)}`);

function reasonRow(reason) {
  return element("li", { class: reason.contribution < 0 ? "lower" : "higher" },
    element("span", { class: "size" }, signed(reason.contribution, 3)),
    element("span", {}, sentenceOf(reason), " ", element("code", { class: "muted" }, reason.name)));
}

// A family as a line with its sum and a bar, that opens to its features.
function familyPart(family, largest) {
  const title = familyName(family.name);
  const bar = element("meter", { class: family.sum < 0 ? "lower" : "higher", min: 0, max: largest || 1, value: Math.abs(family.sum), "aria-label": `Size of what ${title} adds` });
  const rest = hasRest(family) ? element("li", { class: "muted" }, element("span", { class: "size" }, signed(family.rest, 3)),
    element("span", {}, family.reasons.length === 0 ? "Features of this family, each too small to be listed." : "The family's other features together.")) : "";
  return element("details", { class: "family", "data-family": family.name },
    element("summary", {}, element("span", { class: "what" }, title), bar,
            element("span", { class: `size ${family.sum < 0 ? "lower" : "higher"}` }, signed(family.sum, 3))),
    element("ul", { class: "reasons" }, ...family.reasons.map(reasonRow), rest));
}

const kSentences = 5;

// The reasons that weigh most, a sentence each, and all of them by family.
export function reasonsPart(reasons) {
  const strongest = reasons.families.flatMap((family) => family.reasons).sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, kSentences);
  const list = element("ol", { class: "sentences" }, ...strongest.map((reason) => element("li", { class: reason.contribution < 0 ? "lower" : "higher" },
    element("strong", {}, reason.contribution < 0 ? "Lowers it: " : "Raises it: "), sentenceOf(reason))));
  if (!reasons.isTold) return element("div", {}, list);
  const largest = Math.max(...reasons.families.map((family) => Math.abs(family.sum)));
  return element("div", {}, list, element("div", { class: "families" },
    element("p", { class: "muted" }, `By family, from ${plain(reasons.base, 3)} to ${plain(reasons.raw, 3)} log-odds; each opens to its features.`),
    ...reasons.families.map((family) => familyPart(family, largest))));
}
