// What the table shows as a CSV file with the reasons of each alert, a sentence each.
import * as api from "./api.js";
import { csvText, fileName, save } from "./csv.js";
import { otherwise, parseExplanation, reasonsOf, registryOf, sentenceOf } from "./reasons.js";

const kMostRows = 500;  // each is a question
const kAtOnce = 8;
const kReasons = 5;

// Texts of the reasons of a row, the strongest first, and what would have to be otherwise.
async function reasonsFor(alerts, row, registry) {
  const of = alerts.isGone(row) ? alerts.older : alerts;
  const answer = await api.alertUnlessHidden(of.day, alerts.id[row]);
  if (answer === null) return { texts: [], otherwise: "", hidden: true };
  return { texts: textsOf(parseExplanation(answer.explain_json), registry), otherwise: otherwise(answer.counterfactual, registry) };
}

function textsOf(explanation, registry) {
  if (explanation === null) return [];
  return reasonsOf(explanation, null, registry).families.flatMap((family) => family.reasons).sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, kReasons).map((reason) => `${reason.contribution < 0 ? "Lowers" : "Raises"} it: ${sentenceOf(reason)}`);
}

export async function downloadReasons(alerts, rows, place) {
  const shown = [...rows.slice(0, kMostRows)];
  const registry = registryOf(await api.features(alerts.day));
  const reasons = new Array(shown.length);
  let next = 0;
  const work = async () => {
    while (next < shown.length) {
      const at = next++;
      reasons[at] = await reasonsFor(alerts, shown[at], registry);
    }
  };
  await Promise.all(Array.from({ length: kAtOnce }, work));
  const more = Array.from({ length: kReasons }, (_, i) => [`reason_${i + 1}`, (at) => reasons[at].texts[i] ?? null]);
  if (reasons.some((one) => one.hidden)) more.push(["hidden", (at) => (reasons[at].hidden ? 1 : null)]);
  more.push(["otherwise", (at) => reasons[at].otherwise || null]);
  save(csvText(alerts, shown, more), `${fileName(place, alerts.day)}_reasons.csv`, "text/csv");
}
