// How many to review: what so many reviews would find, by the days that the model was judged on and by the team's own decisions; and a slider that cuts
// the list.
import { token } from "./api.js";
import { count, element, plain } from "./format.js";

const kMostReviews = 2000;
const kZ = 1.96;           // of an interval of 95 %
const kTeamDays = 90;
const kTerm = /(?:^|\s)rank:<=(\d+)(?=\s|$)/;

// The search with that cut, or without one.
export function cut(text, reviews) {
  const rest = text.replace(kTerm, " ").replaceAll(/\s+/g, " ").trim();
  return reviews === null ? rest : `${rest} rank:<=${reviews}`.trim();
}

export function cutOf(text) {
  const found = kTerm.exec(text);
  return found === null ? null : Number(found[1]);
}

// The share of `found` in `of` with Wilson's interval of 95 %.
export function wilson(found, of) {
  const share = found / of;
  const middle = (share + (kZ * kZ) / (2 * of)) / (1 + (kZ * kZ) / of);
  const half = (kZ * Math.sqrt((share * (1 - share)) / of + (kZ * kZ) / (4 * of * of))) / (1 + (kZ * kZ) / of);
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

// What the first N reviews would find, {found, low, high, unknown}: each alert counts as the alerts like it did on days that the model had not seen. The
// interval holds what chance does to so many alerts, and how well those days tell the shares. Alerts without a probability (hidden until they are decided) are
// left out, and counted. Null where nothing is known.
export function expectation(probabilities, like, reviews) {
  if (like.length === 0 || probabilities === undefined) return null;
  const inBin = new Array(like.length).fill(0);
  let unknown = 0;
  for (let row = 0; row < reviews; ++row) {
    if (probabilities[row] === null || probabilities[row] === undefined) {
      ++unknown;
      continue;
    }
    const at = like.findIndex((bin) => probabilities[row] >= bin.from);  // the highest bin first
    ++inBin[at < 0 ? like.length - 1 : at];
  }
  if (unknown === reviews) return null;
  let found = 0;
  let variance = 0;
  like.forEach((bin, i) => {
    const spread = (inBin[i] * (bin.high - bin.low)) / (2 * kZ);
    found += inBin[i] * bin.share;
    variance += inBin[i] * bin.share * (1 - bin.share) + spread * spread;
  });
  const half = kZ * Math.sqrt(variance);
  return { found, low: Math.max(0, found - half), high: Math.min(reviews - unknown, found + half), unknown };
}

const whole = (value) => count(Math.round(value));

export class Capacity {
  // go(q): to another search
  constructor(place, go) {
    this.place = place;
    this.slider = place.querySelector("input");
    this.said = place.querySelector("output");
    this.alerts = null;
    this.like = [];
    this.report = null;  // of the team's decisions
    this.q = "";
    this.slider.addEventListener("input", () => this.say());
    this.slider.addEventListener("change", () => go(cut(this.q, this.reviews >= this.most ? null : this.reviews)));
  }

  get reviews() {
    return Number(this.slider.value);
  }

  get most() {
    return Number(this.slider.max);
  }

  // Of a day, once what its batch says of its models is known.
  async tell(alerts, metadata) {
    this.alerts = alerts;
    this.like = metadata?.fit?.verdict === "foreign" ? [] : (metadata?.models?.alert_scorer?.calibration?.like ?? []);
    this.report = null;
    this.show(this.q);
    const report = await this.ofTeam(alerts.day);
    if (this.alerts !== alerts) return;
    this.report = report;
    this.say();
  }

  // What the search says of it.
  show(q) {
    this.q = q;
    this.place.hidden = this.alerts === null || this.alerts.size < 2;
    if (this.place.hidden) return;
    this.slider.max = String(Math.min(this.alerts.size, kMostReviews));
    this.slider.value = String(cutOf(q) ?? this.most);
    this.say();
  }

  // The listener of cases alone knows what was decided.
  async ofTeam(day) {
    if (!location.pathname.endsWith("/review")) return null;
    const from = new Date(Date.parse(day) - kTeamDays * 86400000).toISOString().slice(0, 10);
    try {
      const answer = await fetch(`cases/report?from=${from}&to=${day}`, { headers: { Accept: "application/json", Authorization: `Bearer ${token()}` }, cache: "no-store" });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;  // the next question will say what is wrong
    }
  }

  say() {
    const { reviews } = this;
    const parts = [`The first ${count(reviews)}: `];
    const found = expectation(this.alerts.probability, this.like, reviews);
    if (found === null) {
      parts.push("what they hold is not known of this model and day.");
    } else {
      const all = expectation(this.alerts.probability, this.like, this.alerts.size);
      parts.push(`about ${whole(found.found)} reports, between ${whole(found.low)} and ${whole(found.high)}, of about ${whole(all.found)} in all.`);
      if (found.unknown > 0) parts.push(` Without ${count(found.unknown)} whose score is hidden until they are decided.`);
    }
    const team = this.report?.first_by_rank.findLast((one) => one.rank <= reviews && one.report + one.no_report > 0);
    if (team !== undefined) {
      const { share, low, high } = wilson(team.report, team.report + team.no_report);
      parts.push(` Of the first ${count(team.rank)} of a day your team decided ${count(team.report + team.no_report)} since ${this.report.from}: ${plain(share * 100, 0)} % reports (between ${plain(low * 100, 0)} and ${plain(high * 100, 0)}).`);
    }
    this.said.replaceChildren(element("span", {}, parts.join("")));
    this.slider.setAttribute("aria-valuetext", `the first ${count(reviews)}`);
  }
}
