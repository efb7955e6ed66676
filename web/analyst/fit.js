// What a batch says of its own scores: whether its day is of the kind that the model learned from, and what a score is worth.
import { count, element } from "./format.js";

const kSentences = {
  drifting: "This day drifts from those that the model learned from: ",
  foreign: "This day is foreign to the model; what its scores mean here is not known: ",
};

// Shows the verdict in `place`; nothing of a familiar day, or one of which nothing is known.
export function showFit(place, metadata) {
  const fit = metadata?.fit;
  const sentence = kSentences[fit?.verdict];
  place.hidden = sentence === undefined;
  place.className = `fit ${fit?.verdict ?? ""}`;
  place.replaceChildren(sentence === undefined ? "" : element("span", {}, `${sentence}${(fit.reasons ?? []).join("; ")}.`));
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

// "27 of 100, from 412 like it, between 21 and 34"; nothing where the day is foreign or too few are like it.
export function chanceInWords(probability, metadata) {
  const kLeastLike = 50;
  const like = metadata?.models?.alert_scorer?.calibration?.like ?? [];
  if (probability === null || probability === undefined || metadata?.fit?.verdict === "foreign") return "";
  // The highest bin first; a probability above all bins is like the highest, one below all like the lowest.
  const bin = like.find((one) => probability >= one.from) ?? like.at(-1);
  if (bin === undefined || bin.rows < kLeastLike) return "";
  const of100 = (value) => Math.round(value * 100);
  return `${of100(bin.share)} of 100, from ${count(bin.rows)} like it, between ${of100(bin.low)} and ${of100(bin.high)}`;
}
