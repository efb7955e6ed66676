// What a batch says of its own scores: whether its day is of the kind that the model learned from, and what a score is worth.
import { count, element, plural, time } from "./format.js";

const kFallback = "This day is foreign to the model; its alerts are scored by a fallback of what holds anywhere: ";
const kSentences = {
  drifting: "This day drifts from those that the model learned from: ",
  foreign: "This day is foreign to the model; what its scores mean here is not known: ",
};

// Shows the verdict in `place`; nothing of a familiar day, or one of which nothing is known.
export function showFit(place, metadata) {
  const fit = metadata?.fit;
  const isFallback = fit?.verdict === "foreign" && (fit.scored_by ?? "").startsWith("fallback_scorer");
  const sentence = isFallback ? kFallback : kSentences[fit?.verdict];
  place.hidden = sentence === undefined;
  place.className = `fit ${fit?.verdict ?? ""}`;
  place.replaceChildren(sentence === undefined ? "" : element("span", {}, `${sentence}${(fit.reasons ?? []).join("; ")}.`));
}

const kVerdicts = {
  familiar: "a day like those the model learned from",
  drifting: "a day that drifts from those the model learned from",
  foreign: "a day that is foreign to the model",
  unknown: "the model does not say what its days looked like",
};

const kFreshMs = 600_000;  // a miner at work says it anew four times a minute

// "committed at block 7,101,940, revealed to 3 of 5 validators"; nothing where no miner says so.
function committed(state) {
  if (state === null || state.state === "unknown") return "";
  const asOf = Date.parse(state.as_of);
  const old = Date.now() - asOf > kFreshMs ? ` (as of ${time(asOf)})` : "";
  if (state.state !== "committed") return `not committed${old}`;
  const when = state.clock === "seconds" ? time(state.block * 1000) : `at block ${count(state.block)}`;
  const revealed = state.of === null ? plural(state.revealed_to, "validator") : `${count(state.revealed_to)} of ${plural(state.of, "validator")}`;
  return `committed ${when}${state.open ? `, revealed to ${revealed}` : ""}${old}`;
}

// Shows in `place` what the batch says of itself: verdict, model, when it was made, whether a miner committed to it, and its warnings, one click away.
export function showBatch(place, metadata, commitment, openModel) {
  place.hidden = metadata === null;
  if (metadata === null) return;
  const warnings = metadata.warnings ?? [];
  const scorer = metadata.models?.alert_scorer;
  const parts = [
    element("span", {}, kVerdicts[metadata.fit?.verdict] ?? kVerdicts.unknown),
    scorer ? element("button", { type: "button", id: "model-open", class: "link", onclick: openModel }, `model ${scorer.version}`) : "",
    metadata.processed_at ? element("span", { class: "muted" }, `processed ${metadata.processed_at.slice(0, 16).replace("T", " ")} UTC`) : "",
    committed(commitment) ? element("span", { id: "commitment", class: "muted" }, committed(commitment)) : "",
  ];
  place.replaceChildren(...parts, warnings.length === 0 ? element("span", { class: "muted" }, "no warnings") : element("details", { id: "warnings" },
    element("summary", {}, plural(warnings.length, "warning")), element("ul", {}, ...warnings.map((text) => element("li", {}, text)))));
}

// The raw score of which a published probability was made, or of a score without one.
export function rawScore(answer, metadata) {
  const calibration = metadata?.models?.alert_scorer?.calibration;
  const logOdds = (p) => Math.log(p / (1 - p));
  const p = answer.probability ?? answer.score;
  if (!(p > 0 && p < 1)) return null;
  if (answer.probability === null || answer.probability === undefined) return logOdds(p);
  return calibration ? (logOdds(p) - calibration.intercept) / calibration.slope : null;
}

// "About 27 of 100 alerts like this were reported (from 412 like it, between 21 and 34)."; nothing where the day is foreign or too few are like it.
export function chanceInWords(probability, metadata) {
  const kLeastLike = 50;
  const like = metadata?.models?.alert_scorer?.calibration?.like ?? [];
  if (probability === null || probability === undefined || metadata?.fit?.verdict === "foreign") return "";
  // The highest bin first; a probability above all bins is like the highest, one below all like the lowest.
  const bin = like.find((one) => probability >= one.from) ?? like.at(-1);
  if (bin === undefined || bin.rows < kLeastLike) return "";
  const of100 = (value) => Math.round(value * 100);
  return `About ${of100(bin.share)} of 100 alerts like this were reported (from ${count(bin.rows)} like it, between ${of100(bin.low)} and ${of100(bin.high)}).`;
}
