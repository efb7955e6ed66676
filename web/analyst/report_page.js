// A case report as a page that prints well, with what else it can be taken along as.
import { save } from "./csv.js";
import { firstStageLines } from "./first_stage.js";
import { lookUp } from "./explorer.js";
import { count, element, plain, plural, short, signed, usd, words } from "./format.js";
import { badges, Known, knownInWords } from "./known.js";
import { familyName } from "./reasons.js";
import { graphmlOf, kHidden, kKinds, makeReport, markdownOf, saidOf, scoreOrHidden } from "./report.js";

const kSvg = "http://www.w3.org/2000/svg";
const kDrawn = 12;  // counterparties on each side

function svg(tag, attributes = {}, text = "") {
  const made = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

// Who pays the address on the left, whom it pays on the right, the largest first.
export function drawMoney({ address, transfers, known }) {
  const labels = new Known().learn(known);
  const sides = [["in", transfers.filter((edge) => edge.dest_address === address)], ["out", transfers.filter((edge) => edge.source_address === address)]]
    .map(([way, edges]) => [way, edges.sort((a, b) => b.amount_usd - a.amount_usd).slice(0, kDrawn)]);
  const lines = Math.max(1, ...sides.map(([, edges]) => edges.length));
  const height = lines * 34 + 20;
  const middle = height / 2;
  const picture = svg("svg", { viewBox: `0 0 900 ${height}`, role: "img", class: "money", "aria-label": `Money flows of ${address}: ${sides[0][1].length} that pay it, ${sides[1][1].length} that it pays` });
  const largest = Math.max(1, ...transfers.map((edge) => edge.amount_usd));
  for (const [way, edges] of sides) {
    const x = way === "in" ? 170 : 730;
    edges.forEach((edge, i) => {
      const y = middle + (i - (edges.length - 1) / 2) * 34;
      const center = way === "in" ? 380 : 520;
      picture.append(svg("line", { x1: x, y1: y, x2: center, y2: middle, class: way === "in" ? "inflow" : "outflow", "stroke-width": 1 + 4 * Math.sqrt(edge.amount_usd / largest),
                                   "stroke-dasharray": edge.on_cycle ? "6 4" : "none" }));
      const other = way === "in" ? edge.source_address : edge.dest_address;
      picture.append(svg("text", { x: way === "in" ? x - 6 : x + 6, y: y - 1, "text-anchor": way === "in" ? "end" : "start" }, short(other, 8, 6)));
      picture.append(svg("text", { x: way === "in" ? x - 6 : x + 6, y: y + 12, "text-anchor": way === "in" ? "end" : "start", class: "amount" }, `${usd(edge.amount_usd)}, ${plural(edge.transfers, "transfer")}`));
      picture.append(knownLine(labels.of(other), { x: way === "in" ? x - 6 : x + 6, y: y + 22, "text-anchor": way === "in" ? "end" : "start" }));
    });
  }
  picture.append(svg("rect", { x: 380, y: middle - 14, width: 140, height: 28, rx: 6 }), svg("text", { x: 450, y: middle + 4, "text-anchor": "middle" }, short(address, 8, 6)));
  picture.append(knownLine(labels.of(address), { x: 450, y: middle + 26, "text-anchor": "middle" }));
  return picture;
}

// What an address is known as, below it: as much as there is room for, the whole in its title.
function knownLine(labels, place) {
  if (labels.length === 0) return "";
  const line = svg("text", { ...place, class: "known-line" }, short(knownInWords(labels), 26, 6));
  line.append(svg("title", {}, knownInWords(labels)));
  return line;
}

function facts(pairs) {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of pairs) if (value !== null && value !== undefined && value !== "") list.append(element("dt", {}, name), element("dd", {}, value));
  return list;
}

// An address in full, with its link where there is one, and whom it is known as.
function linked(network, address, labels) {
  return element("span", {}, element("code", {}, address), " ", lookUp(network, address), badges(labels));
}

function plainTable(caption, heads, rows) {
  return element("table", { class: "plain" }, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))))));
}

function alertSection(alert, network) {
  return element("section", {}, element("h3", {}, `${alert.typology ? words(alert.typology) : "Alert"}, rank ${alert.rank === null ? "none" : count(alert.rank)} of ${count(alert.alerts_of_day)}`),
    facts([["Alert", element("code", {}, alert.alert_id)], ["Address", alert.address === null ? "" : linked(network, alert.address, alert.known_as)], ["Severity", alert.severity], ["Volume", usd(alert.volume_usd)],
           ["Cluster", alert.cluster_id], ["Score", scoreOrHidden(alert.score)], ["Probability of a report", alert.hidden ? kHidden : alert.probability === null ? "not known: the model was not calibrated" : `${plain(alert.probability * 100, 1)} %`],
           ["Sanctions", alert.on_sanctions_list ? "the address is on a sanctions list" : ""], ["Indicators", alert.indicators.map((one) => words(String(one))).join(", ")]]),
    alert.in_words === "" ? "" : element("p", {}, alert.in_words),
    alert.description ? element("p", {}, `The producer says: ${alert.description}`) : "",
    element("ol", { class: "sentences" }, ...alert.reasons.map((reason) => element("li", {}, element("strong", {}, reason.effect === "raises" ? "Raises it: " : "Lowers it: "), reason.sentence))),
    alert.otherwise === "" ? "" : element("p", { class: "otherwise" }, alert.otherwise),
    alert.families === null ? "" : element("p", { class: "muted" }, `By family, log-odds: ${Object.entries(alert.families).map(([name, sum]) => `${familyName(name)} ${signed(sum ?? 0, 2)}`).join("; ")}.`),
    alert.first_stage ? element("ul", { class: "first-stage" }, ...firstStageLines(alert.first_stage).map(([said, reasons]) =>
      element("li", {}, said, element("ul", {}, ...reasons.map((reason) => element("li", {}, reason)))))) : "",
    decisions(alert.decisions));
}

function decisions(entries) {
  if (entries === undefined) return "";
  const said = saidOf(entries, (line) => element("li", {}, line));
  if (entries === null || entries.length === 0) return element("p", { class: "muted" }, ...said);
  return element("div", {}, element("h4", {}, "What people did"), element("ol", { class: "decisions" }, ...said));
}

function moneySection(money, network) {
  const known = new Known().learn(money.known);
  const told = (address) => linked(network, address, known.of(address));
  return element("section", {}, element("h3", {}, "Money of ", told(money.address)),
    element("p", {}, `Received ${usd(money.incoming.amount_usd)} in ${plural(money.incoming.transfers, "transfer")} from ${plural(money.incoming.counterparties, "address", "addresses")}, sent ${usd(money.outgoing.amount_usd)} in ${plural(money.outgoing.transfers, "transfer")} to ${plural(money.outgoing.counterparties, "address", "addresses")}.`),
    drawMoney(money),
    money.patterns.length === 0 ? "" : element("ul", {}, ...money.patterns.map((one) => element("li", {}, `${words(one.pattern_type)} of ${count(one.pattern_addresses)} addresses, ${usd(one.amount_usd)}`))),
    plainTable("Transfers between these addresses, the largest first", ["From", "To", "Amount", "Transfers", "First", "Last"], money.transfers.map((edge) =>
      [told(edge.source_address), told(edge.dest_address), usd(edge.amount_usd), count(edge.transfers), edge.first, edge.last])));
}

function madeFromSection(made) {
  return element("section", {}, element("h3", {}, "What it was made from"),
    facts([["Program", made.program], ["Processed", made.processed_at], ["Snapshot, sha256", element("code", { class: "whole" }, made.snapshot_sha256 ?? "")], ["Feature SQL, sha256", element("code", { class: "whole" }, made.feature_sql_sha256 ?? "")],
           ...Object.entries(made.models).map(([task, model]) => [`${words(task)} ${model.version}, sha256`, element("code", { class: "whole" }, model.sha256)]), ["The day", made.fit]]),
    made.warnings.length === 0 ? "" : element("ul", {}, ...made.warnings.map((text) => element("li", {}, text))));
}

export class ReportPage {
  // handlers: {close(), kind(kind): another one of the same alert, lost(error), decided(ids): see makeReport}
  constructor(place, handlers) {
    this.place = place;
    this.handlers = handlers;
    this.abort = null;
  }

  close() {
    this.abort?.abort();
    this.place.hidden = true;
    this.place.replaceChildren();
  }

  async open(alerts, row, kind) {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.place.hidden = false;
    this.place.replaceChildren(this.head(kind, null), element("p", { class: "muted" }, "Putting the report together…"));
    let report;
    try {
      report = await makeReport(alerts, row, kind, signal, this.handlers.decided);
    } catch (error) {
      if (signal.aborted) return;
      this.place.lastChild.replaceWith(element("p", { class: "note" }, error.message));
      this.handlers.lost(error);
      return;
    }
    this.place.replaceChildren(this.head(kind, report), element("article", {},
      element("h2", {}, `Case report: ${kind} `, element("code", { class: "whole" }, report.subject)),
      element("p", { class: "muted" }, `Draft, not filed. Day ${report.processing_date}, network ${report.network}.`),
      ...report.alerts.map((alert) => alertSection(alert, report.network)), report.more_alerts > 0 ? element("p", { class: "note" }, `${plural(report.more_alerts, "more alert")} of the ${kind} are not told here.`) : "",
      ...report.money.map((money) => moneySection(money, report.network)), report.more_addresses > 0 ? element("p", { class: "note" }, `The money of ${plural(report.more_addresses, "more address", "more addresses")} is not told here.`) : "",
      report.earlier_days.length === 0 ? "" : element("section", {}, element("h3", {}, "Earlier days of the address"), plainTable("", ["Day", "Typology", "Rank", "Score"],
        report.earlier_days.flatMap((day) => day.alerts.map((one) => [day.processing_date, words(one.typology_type ?? ""), one.rank === null ? "" : count(one.rank), scoreOrHidden(one.score)])))),
      madeFromSection(report.made_from)));
  }

  head(kind, report) {
    const name = report === null ? "" : `report_${report.processing_date}_${report.kind}_${String(report.subject).replaceAll(/[^A-Za-z0-9.]+/g, "-").slice(0, 60)}`;
    const button = (text, act, more = {}) => element("button", { type: "button", disabled: report === null, onclick: act, ...more }, text);
    return element("div", { class: "buttons" },
      ...kKinds.map((one) => element("button", { type: "button", "aria-pressed": String(one === kind), onclick: () => this.handlers.kind(one) }, `${one.charAt(0).toUpperCase()}${one.slice(1)}`)),
      element("span", { class: "space" }), button("Print", () => print()), button("Markdown", () => save(markdownOf(report), `${name}.md`, "text/markdown")),
      button("JSON", () => save(`${JSON.stringify(report, null, 1)}\n`, `${name}.json`, "application/json")), button("GraphML", () => save(graphmlOf(report), `${name}.graphml`, "application/xml")),
      element("button", { type: "button", id: "report-close", onclick: () => this.handlers.close() }, "Close"));
  }
}
