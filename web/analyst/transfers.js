// The dated transfers of an address: a timeline of what goes in and out, in which a period can be chosen, and the list.
import { addressPart } from "./address.js";
import * as api from "./api.js";
import { count, element, plural, shortUsd, time, usd } from "./format.js";
import { knownInWords } from "./known.js";

const kBins = 96;
const kWidth = 480;
const kHeight = 96;
const kStep = 50;
const kKnownOnes = 10;

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

// Bars of the parts of the time: received upwards, sent downwards.
function bars(timeline) {
  const most = Math.max(...timeline.incoming_usd, ...timeline.outgoing_usd, 1e-9);
  const wide = kWidth / timeline.incoming_usd.length;
  const middle = kHeight / 2;
  const drawn = [];
  for (const [name, values] of [["inflow", timeline.incoming_usd], ["outflow", timeline.outgoing_usd]]) {
    for (const [i, value] of values.entries()) {
      if (value === 0) continue;
      const height = Math.max(1, (value / most) * (middle - 2));
      drawn.push(svg("rect", { class: name, x: i * wide, width: Math.max(1, wide - 1), height, y: name === "inflow" ? middle - height : middle }));
    }
  }
  return drawn;
}

// "2025-10-26T12:30" of a moment, and back, in UTC; an empty field leaves that side open.
const field = (ms) => (ms === null ? "" : new Date(ms).toISOString().slice(0, 16));
const moment = (text) => (text === "" ? null : Date.parse(`${text}Z`));

export class Transfers {
  // handlers: {network, known: Known, center(address)}
  constructor(day, address, handlers) {
    this.day = day;
    this.address = address;
    this.handlers = handlers;
    this.period = { from: null, to: null };
    this.abort = new AbortController();
    this.body = element("div", {});
    this.section = element("details", { class: "transfers", ontoggle: () => this.section.open && !this.body.hasChildNodes() && this.show() },
      element("summary", {}, "Transfers by date"), this.body);
  }

  async show() {
    this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const answer = await api.transfers(this.day, this.address, { ...this.period, limit: kStep, bins: kBins }, signal);
      this.handlers.known.learn(answer.known);
      this.rows = element("tbody", {});
      this.body.replaceChildren(this.controls(answer), this.timeline(answer), this.table(answer));
      this.add(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.body.replaceChildren(element("p", { class: "note" }, error.message));
    }
  }

  choose(from, to) {
    this.period = { from, to };
    this.show();
  }

  controls(answer) {
    const input = (label, value) => element("input", { type: "datetime-local", "aria-label": label, value: field(value) });
    const from = input("From (UTC)", this.period.from);
    const to = input("Until (UTC)", this.period.to);
    const apply = () => this.choose(moment(from.value), moment(to.value));
    from.addEventListener("change", apply);
    to.addEventListener("change", apply);
    const isPart = this.period.from !== null || this.period.to !== null;
    return element("div", { class: "controls" }, from, "to", to,
      isPart ? element("button", { type: "button", onclick: () => this.choose(null, null) }, "All times") : null,
      element("span", { class: "muted", "aria-live": "polite" }, plural(answer.total_transfers, "transfer")));
  }

  timeline(answer) {
    const { timeline } = answer;
    if (timeline === null) return element("p", { class: "muted" }, answer.total_transfers === 0 ? "" : "The file tells no times.");
    const chart = svg("svg", { class: "timeline", viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: "none", role: "img",
      "aria-label": `What goes in and out from ${time(timeline.begin)} to ${time(timeline.end)}; the list below says the same` });
    const brush = svg("rect", { class: "brush", y: 0, height: kHeight, x: 0, width: 0 });
    chart.append(...bars(timeline), svg("line", { class: "axis", x1: 0, x2: kWidth, y1: kHeight / 2, y2: kHeight / 2 }), ...this.marks(timeline), brush);
    const at = (event) => {
      const box = chart.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    let start = null;
    const draw = (a, b) => {
      brush.setAttribute("x", Math.min(a, b) * kWidth);
      brush.setAttribute("width", Math.abs(b - a) * kWidth);
    };
    chart.addEventListener("pointerdown", (event) => {
      start = at(event);
      chart.setPointerCapture(event.pointerId);
    });
    chart.addEventListener("pointermove", (event) => start !== null && draw(start, at(event)));
    chart.addEventListener("pointercancel", () => {
      start = null;
      draw(0, 0);
    });
    chart.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const [a, b] = [start, at(event)].sort((x, y) => x - y);
      start = null;
      if (b - a < 0.005) return draw(0, 0);  // a click chooses nothing
      const length = timeline.end - timeline.begin;
      this.choose(Math.floor(timeline.begin + a * length), Math.ceil(timeline.begin + b * length));
    });
    return element("div", {}, chart,
      element("p", { class: "ends muted" }, element("span", {}, time(timeline.begin)), element("span", {}, "drag to choose a period"), element("span", {}, time(timeline.end))), this.knownOnes(timeline));
  }

  // A mark at each transfer from or to a known address.
  marks(timeline) {
    return (timeline.known ?? []).map((one) => {
      const labels = this.handlers.known.of(one.address);
      const mark = svg("path", { class: labels.some((label) => label.is_bad) ? "mark bad" : "mark",
        d: one.direction === "in" ? "M-4 0H4L0 8Z" : `M-4 ${kHeight}H4L0 ${kHeight - 8}Z`,
        transform: `translate(${(kWidth * (one.timestamp - timeline.begin)) / Math.max(1, timeline.end - timeline.begin)} 0)` });
      const title = svg("title", {});
      title.textContent = `${time(one.timestamp)} ${one.direction === "in" ? "from" : "to"} ${one.address}: ${knownInWords(labels)}`;
      mark.append(title);
      return mark;
    });
  }

  // The known addresses of the time that is shown, with what they paid and were paid there.
  knownOnes(timeline) {
    const found = new Map();
    for (const one of timeline.known ?? []) {
      const sums = found.get(one.address) ?? { in: 0, out: 0 };
      sums[one.direction] += one.amount_usd ?? 0;
      found.set(one.address, sums);
    }
    if (found.size === 0) return "";
    const lines = [...found].sort(([, a], [, b]) => b.in + b.out - a.in - a.out).slice(0, kKnownOnes);
    return element("div", { class: "known-ones" }, element("h4", {}, "Known addresses in this time"), element("ul", {}, ...lines.map(([address, sums]) =>
      element("li", {}, addressPart(address, this.handlers), " ", [sums.in > 0 ? `paid it ${shortUsd(sums.in)}` : "", sums.out > 0 ? `was paid ${shortUsd(sums.out)}` : ""].filter((text) => text !== "").join(", ")))),
      found.size > lines.length ? element("p", { class: "muted" }, `and ${count(found.size - lines.length)} more`) : "");
  }

  table(answer) {
    if (answer.total_transfers === 0) return element("p", { class: "note" }, "No transfer in this time.");
    this.more = element("button", { type: "button", onclick: () => this.next() }, "");
    return element("div", {},
      element("table", { class: "plain" }, element("caption", {}, "Transfers in order of time"),
        element("thead", {}, element("tr", {}, ...["Time", "Way", "Address", "Amount", "Remark"].map((text) =>
          element("th", { scope: "col", class: text === "Amount" ? "numeric" : "" }, text)))), this.rows),
      this.more);
  }

  add(answer) {
    for (const one of answer.transfers) {
      const remarks = [one.is_change ? "change" : "", one.is_consolidation ? "consolidation" : "", one.transfers > 1 ? `${count(one.transfers)} transfers` : ""];
      this.rows.append(element("tr", {},
        element("td", {}, time(one.timestamp)),
        element("td", { class: one.direction === "in" ? "inflow" : "outflow" }, one.direction === "in" ? "from" : "to"),
        element("td", {}, addressPart(one.address, this.handlers)),
        element("td", { class: "numeric", title: one.amount_usd === null ? "the price is not known" : usd(one.amount_usd) }, one.amount_usd === null ? "?" : shortUsd(one.amount_usd)),
        element("td", {}, remarks.filter((text) => text !== "").join(", "))));
    }
    const left = answer.total_transfers - this.rows.childElementCount;
    if (!this.more) return;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${count(Math.min(left, kStep))} more of ${count(left)}`;
  }

  async next() {
    try {
      const answer = await api.transfers(this.day, this.address, { ...this.period, offset: this.rows.childElementCount, limit: kStep }, this.abort.signal);
      this.handlers.known.learn(answer.known);
      this.add(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.more.replaceWith(element("p", { class: "note" }, error.message));
    }
  }

  destroy() {
    this.abort.abort();
  }
}
