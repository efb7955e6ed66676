// The part of an alert's view that shows the money around its address.
import { addressPart } from "./address.js";
import * as api from "./api.js";
import { lookUp } from "./explorer.js";
import { count, element, plural, short, shortUsd, usd, words } from "./format.js";
import { drawGraph } from "./graph.js";
import { Known } from "./known.js";
import { Transfers } from "./transfers.js";

const kListed = 8;

function sum(title, total) {
  return element("div", { class: "tile" }, element("span", { class: "what" }, title),
                 element("strong", {}, shortUsd(total.amount_usd)),
                 element("span", { class: "muted" }, `${plural(total.transfers, "transfer")}, ${count(total.counterparties)} `,
                         total.counterparties === 1 ? "address" : "addresses"));
}

// The largest flows of the address in words, for those who do not see the graph.
function list(answer, handlers) {
  const rows = answer.edges
    .filter((edge) => edge.source_address === answer.address || edge.dest_address === answer.address)
    .slice(0, kListed)
    .map((edge) => {
      const outgoing = edge.source_address === answer.address;
      const other = outgoing ? edge.dest_address : edge.source_address;
      return element("tr", {},
        element("td", { class: outgoing ? "outflow" : "inflow" }, outgoing ? "to" : "from"),
        element("td", {}, addressPart(other, handlers)),
        element("td", { class: "numeric" }, usd(edge.amount_usd)),
        element("td", { class: "numeric" }, count(edge.transfers)),
        element("td", {}, edge.on_cycle ? "cycle" : ""));
    });
  if (rows.length === 0) return null;
  return element("table", { class: "plain" },
    element("caption", {}, "Largest flows"),
    element("thead", {}, element("tr", {}, ...["Way", "Address", "Amount", "Transfers", "Remark"].map((text, i) =>
      element("th", { scope: "col", class: i === 2 || i === 3 ? "numeric" : "" }, text)))),
    element("tbody", {}, ...rows));
}

// "Scatter gather of 7 addresses, $42,000, within 3 hours".
function lasting(pattern) {
  if (pattern.first_timestamp === null || pattern.last_timestamp === null) return "";
  const hours = (pattern.last_timestamp - pattern.first_timestamp) / 3600000;
  if (hours < 1) return ", within an hour";
  return hours < 48 ? `, within ${plural(Math.ceil(hours), "hour")}` : `, within ${Math.ceil(hours / 24)} days`;
}

function patternList(patterns, address, handlers) {
  const items = patterns.map((pattern) => {
    const others = pattern.addresses.filter((other) => other !== address).slice(0, kListed);
    return element("li", {},
      element("strong", {}, words(pattern.pattern_type)), ` of ${count(pattern.pattern_addresses)} addresses, ${usd(pattern.amount_usd)}${lasting(pattern)}: `,
      ...others.flatMap((other) => [addressPart(other, handlers, 6, 4), " "]),
      pattern.pattern_addresses - 1 > others.length ? "…" : "");
  });
  return element("div", { class: "patterns" }, element("h4", {}, "Patterns this address stands in"), element("ul", {}, ...items));
}

function legend() {
  const key = (name, text) => element("span", { class: `key ${name}` }, text);
  return element("p", { class: "legend" }, key("inflow", "pays it"), key("outflow", "is paid"), key("cycle", "on a cycle"),
                 key("alerted", "has an alert"), key("service", "service (hundreds of counterparties)"), key("labelled", "known, as what stands there"));
}

export class Flows {
  // handlers: {open(alerts, row), lost(error)}; alerts: the day's.
  constructor(alerts, address, handlers) {
    this.alerts = alerts;
    this.home = address;
    this.address = address;
    this.trail = [address];  // how one came here
    this.known = new Known();
    this.hops = 1;
    this.handlers = handlers;
    this.view = null;
    this.transfers = null;
    this.abort = null;
    this.body = element("div", { class: "flows" });
    this.section = element("section", { "aria-label": "Money flows" }, element("h3", {}, "Money flows"), this.body);
  }

  async show() {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.body.setAttribute("aria-busy", "true");
    if (!this.body.hasChildNodes()) this.body.append(element("p", { class: "muted" }, "Reading money flows…"));
    try {
      const answer = await api.flows(this.alerts.day, this.address, this.hops, signal);
      this.known.learn(answer.known);
      if (!signal.aborted) await this.draw(answer);
      if (!signal.aborted && answer.edges.length > 0) this.showPatterns(signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.clear();
      this.body.append(element("p", { class: "note" }, error.message));
      this.handlers.lost(error);
    }
    this.body.removeAttribute("aria-busy");
  }

  // They take longer than the graph, which does not wait for them.
  async showPatterns(signal) {
    const place = element("p", { class: "muted" }, "Looking for patterns…");
    this.body.append(place);
    try {
      const { patterns, known } = await api.patterns(this.alerts.day, this.address, signal);
      this.known.learn(known);
      const handlers = this.handling();
      if (patterns.length > 0) place.replaceWith(patternList(patterns, this.address, handlers));
      else place.replaceChildren("It stands in no pattern: no cycle, scatter-gather, chain or peeling.");
    } catch (error) {
      if (error.name !== "AbortError") place.replaceChildren(error.message);
    }
  }

  // From elsewhere in the panel.
  visit(address) {
    this.center(address);
    this.section.scrollIntoView();
  }

  // On to another address, or back to one that one came by.
  center(address) {
    const at = this.trail.indexOf(address);
    this.trail = at < 0 ? [...this.trail, address] : this.trail.slice(0, at + 1);
    this.address = address;
    this.show();
  }

  async draw(answer) {
    this.clear();
    const handlers = this.handling();
    if (this.address !== this.home) this.body.append(this.breadcrumb());
    else if (this.known.of(this.address).length > 0) this.body.append(element("p", { class: "known-as" }, "The alert's address is known: ", this.known.badges(this.address)));
    this.body.append(element("div", { class: "tiles" }, sum("Received", answer.incoming), sum("Sent", answer.outgoing)));
    if (answer.edges.length === 0) {
      this.body.append(element("p", { class: "note" }, "No money flow of this day begins or ends at this address."));
      return;
    }
    const frame = element("div", { class: "graph", role: "img",
      "aria-label": `Graph of ${answer.nodes.length} addresses and ${answer.edges.length} flows; the largest are listed below` });
    const told = element("div", { class: "told", "aria-live": "polite" },
                         element("p", { class: "muted" }, "Choose an address or a flow to read about it."));
    this.body.append(this.controls(answer), frame, legend(), told);
    const table = list(answer, handlers);
    if (table) this.body.append(table);
    this.transfers = new Transfers(this.alerts.day, this.address, handlers);
    this.body.append(this.transfers.section);
    this.view = await drawGraph(frame, told, answer, this.alerts, handlers);
  }

  // What can be done from one of the views, and what it knows: {network, known, open(alerts, row), center(address)}.
  handling() {
    return { network: this.alerts.network, known: this.known, open: this.handlers.open, center: (address) => this.center(address) };
  }

  breadcrumb() {
    const steps = this.trail.slice(0, -1).map((address, i) => element("li", {},
      element("button", { type: "button", class: "link mono", title: address, onclick: () => this.center(address) }, i === 0 ? "The alert's address" : short(address, 8, 6)),
      this.known.badges(address)));
    return element("nav", { class: "trail", "aria-label": "How one came here" }, element("span", { class: "muted" }, "Around "),
      element("ol", {}, ...steps, element("li", { "aria-current": "location" }, element("code", { class: "whole" }, this.address), " ", lookUp(this.alerts.network, this.address),
        this.known.badges(this.address))));
  }

  // The money alone, as large as the screen is; again: back.
  async fill() {
    if (document.fullscreenElement === this.section) await document.exitFullscreen();
    else await this.section.requestFullscreen();
    this.view?.fit();
  }

  controls(answer) {
    const hop = (n, text) => element("button", { type: "button", "aria-pressed": String(this.hops === n), onclick: () => {
      this.hops = n;
      this.show();
    } }, text);
    const shown = answer.nodes.filter((node) => node.hop === 1).length;
    const all = answer.incoming.counterparties + answer.outgoing.counterparties;
    const cut = shown < all && shown >= 24 ? `the largest ${count(shown)} of the addresses it deals with` : "";
    return element("div", { class: "controls" },
      element("span", { class: "group", role: "group", "aria-label": "Hops" }, hop(1, "1 hop"), hop(2, "2 hops")),
      element("span", { class: "group", role: "group", "aria-label": "Zoom" },
        element("button", { type: "button", "aria-label": "Zoom in", onclick: () => this.view?.zoom(1.3) }, "+"),
        element("button", { type: "button", "aria-label": "Zoom out", onclick: () => this.view?.zoom(1 / 1.3) }, "−"),
        element("button", { type: "button", onclick: () => this.view?.fit() }, "Fit"),
        document.fullscreenEnabled ? element("button", { type: "button", onclick: () => this.fill() }, "Full screen") : ""),
      element("span", { class: "muted" }, cut));
  }

  clear() {
    this.view?.destroy();
    this.view = null;
    this.transfers?.destroy();
    this.transfers = null;
    this.body.replaceChildren();
  }

  restyle() {
    this.view?.restyle();
  }

  destroy() {
    this.abort?.abort();
    this.clear();
  }
}
