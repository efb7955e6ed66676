// Why an alert has its score: what the model saw, what the desk wrote, its cluster, and the money around its address.
import * as api from "./api.js";
import { chanceInWords, rawScore } from "./fit.js";
import { firstStagePart } from "./first_stage.js";
import { lookUp } from "./explorer.js";
import { Flows } from "./flows.js";
import { count, element, number, plain, plural, score, share, short, signed, time, usd, words } from "./format.js";
import { badges } from "./known.js";
import { onTheme } from "./theme.js";
import { otherwise, parseExplanation, reasonsOf, reasonsPart, registryOf } from "./reasons.js";
import { drawWaterfall, stepsOf } from "./waterfall.js";

function facts(pairs) {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(element("dt", {}, name), element("dd", {}, value));
  }
  return list;
}

function copyable(text) {
  const button = element("button", { type: "button", class: "copy", title: "Copy", "aria-label": `Copy ${text}`, onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      button.textContent = "not allowed";  // no permission, or no secure context
    }
    setTimeout(() => {
      button.textContent = "copy";
    }, 1200);
  } }, "copy");
  return element("span", {}, element("code", { class: "whole" }, text), " ", button);
}

function evidence(text) {
  if (!text) return null;
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: as it stands.
  }
  return element("details", {}, element("summary", {}, "Evidence as the producer wrote it"), element("pre", {}, shown));
}

// What the features of alerts mean, as the day's batch says. An explanation without it is still one.
async function registryOfDay(day, signal) {
  try {
    return registryOf(await api.features(day, signal));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return registryOf({});
  }
}

const kEarlier = 30;  // alerts of earlier days that are listed

export class Detail {
  // handlers: {open(alerts, row), visit(alerts, row): on its own day, close(), step(±1), search(alerts, text), lost(error): a question that failed,
  // report(): of the alert, elsewhere(day, id): an alert of another day}
  constructor(pane, handlers) {
    this.pane = pane;
    this.handlers = handlers;
    this.abort = null;
    this.flows = null;
    this.charts = [];
    onTheme(() => this.repaint());
  }

  get isOpen() {
    return !this.pane.hidden;
  }

  close() {
    this.forget();
    this.pane.hidden = true;
    this.pane.replaceChildren();
  }

  forget() {
    this.abort?.abort();
    this.abort = null;
    this.flows?.destroy();
    this.flows = null;
    for (const chart of this.charts) chart.destroy();
    this.charts = [];
  }

  // goneBy: the day that has this alert of another day no more.
  async open(alerts, row, goneBy = null) {
    this.forget();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const id = alerts.id[row];
    this.pane.hidden = false;
    this.pane.scrollTop = 0;
    const why = element("section", { "aria-label": "Why" }, element("h3", {}, "Why this score"), element("p", { class: "muted" }, "Reading…"));
    const about = element("div", {});
    this.pane.replaceChildren(this.head(alerts, row, goneBy), why, about);
    await Promise.all([this.showWhy(why, alerts, row, signal), this.showInput(about, alerts, row, id, signal)]);
  }

  head(alerts, row, goneBy) {
    const button = (text, label, step) => element("button", { type: "button", "aria-label": label, title: label, onclick: () => this.handlers.step(step) }, text);
    const difference = alerts.difference(row);
    const badges = [];
    if (alerts.sanctioned(row)) badges.push(element("span", { class: "sanctioned" }, "on a sanctions list"));
    if (alerts.severity(row)) badges.push(element("span", { class: `severity ${/^[a-z]+$/.test(alerts.severity(row)) ? alerts.severity(row) : ""}` }, alerts.severity(row)));
    if (goneBy !== null) {
      badges.push(element("span", { class: "change gone" }, `of ${alerts.day}, gone by ${goneBy}: that day has no alert of this typology for this address`),
                  element("button", { type: "button", class: "link", onclick: () => this.handlers.visit(alerts, row) }, `Open ${alerts.day}`));
    } else if (alerts.change !== null) {
      badges.push(element("span", { class: `change ${alerts.change[row]}` },
        difference === null ? `${alerts.change[row]} since ${alerts.older.day}` : `${alerts.change[row]} ${signed(difference, 3)} since ${alerts.older.day}`));
    }
    return element("header", {},
      element("div", { class: "buttons" },
        button("‹", "Previous alert (k)", -1), button("›", "Next alert (j)", 1), element("span", { class: "space" }),
        goneBy === null ? element("button", { type: "button", id: "report-open", onclick: () => this.handlers.report() }, "Report") : "",
        element("button", { type: "button", id: "close", onclick: () => this.handlers.close() }, "Close")),
      element("h2", {}, alerts.typology(row) ? words(alerts.typology(row)) : "Alert"),
      element("p", { class: "badges" }, element("span", { class: "big" }, score(alerts.score[row])),
        element("span", { class: "muted" }, alerts.rank[row] === null ? "not ranked" : `rank ${count(alerts.rank[row])} of ${count(alerts.size)}`), ...badges),
      element("p", { id: "like", "aria-live": "polite" }),
      facts([["Alert", copyable(alerts.id[row])], ["Address", alerts.address(row) === null ? "" : this.wholeAddress(alerts, alerts.address(row))]]));
  }

  // To copy, and to look up where the server knows an explorer.
  wholeAddress(alerts, address) {
    return element("span", {}, copyable(address), " ", lookUp(alerts.network, address, "look up ↗"));
  }

  async showWhy(section, alerts, row, signal) {
    let answer;
    let registry;
    let metadata;
    try {
      [answer, registry, metadata] = await Promise.all([api.alert(alerts.day, alerts.id[row], signal), registryOfDay(alerts.day, signal), api.metadata(alerts.day, signal)]);
    } catch (error) {
      if (error.name !== "AbortError") {
        section.lastChild.replaceWith(element("p", { class: "note" }, error.message));
        this.handlers.lost(error);
      }
      return;
    }
    const explanation = parseExplanation(answer.explain_json);
    if (explanation === null) {
      section.lastChild.replaceWith(element("p", { class: "note" }, "This batch holds no explanation of the alert."));
      return;
    }
    const reasons = reasonsOf(explanation, rawScore(answer, metadata), registry);
    const steps = stepsOf(reasons);
    const canvas = element("canvas", { id: "waterfall", role: "img", "aria-label": "Waterfall of contributions; the table below says the same" });
    const table = element("details", { class: "steps" }, element("summary", {}, "The same as a table"),
      element("table", { class: "plain" },
        element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Feature"), element("th", { scope: "col", class: "numeric" }, "Value"), element("th", { scope: "col", class: "numeric" }, "Contribution"))),
        element("tbody", {}, ...steps.map((step) => element("tr", { class: step.kind },
          element("td", { title: step.meaning ?? "" }, step.label), element("td", { class: "numeric" }, step.input === undefined ? "" : number(step.input)),
          element("td", { class: "numeric" }, step.kind === "total" ? plain(step.value, 3) : signed(step.value, 3)))))),
      facts(steps.filter((step) => step.meaning).map((step) => [step.label, step.meaning])));
    section.lastChild.replaceWith(
      element("p", { class: "muted" }, `From the model's base value of ${plain(explanation.base_value, 3)} log-odds to a score of ${score(answer.score)} by what it saw of this alert.`));
    const change = otherwise(answer.counterfactual, registry);
    section.append(this.chance(answer, metadata), reasonsPart(reasons), change === "" ? "" : element("p", { id: "otherwise" }, change),
      firstStagePart(answer.first_stage, (address) => this.flows?.visit(address)), element("div", { class: "chart waterfall" }, canvas), table);
    const told = chanceInWords(answer.probability, metadata);
    this.pane.querySelector("#like").replaceChildren(told === "" ? "" : told);
    this.waterfall = { canvas, steps };
    this.charts.push(drawWaterfall(canvas, steps));
  }

  chance(answer, metadata) {
    if (answer.probability === null || answer.probability === undefined) {
      return element("p", { class: "note", id: "chance" }, "The score is no probability: the model was not calibrated.");
    }
    return facts([["Probability of a report", element("span", { id: "chance" }, `${plain(answer.probability * 100, 1)} %`)]]);
  }

  async showInput(place, alerts, row, id, signal) {
    const { inputs } = alerts;
    if (inputs.alerts !== "read") {
      place.append(element("section", {}, element("h3", {}, "The alert"), element("p", { class: "note" }, inputs.alerts === "absent"
        ? "The server has no input of this day, so address, typology, cluster and money flows are not shown (serve --input-root)."
        : "The input's alerts.parquet cannot be read; the server's log says why.")));
      return;
    }
    try {
      const answer = await api.input(alerts.day, id, signal);
      place.append(this.alertSection(answer), this.clusterSection(answer, alerts, row));
    } catch (error) {
      if (error.name === "AbortError") return;
      place.append(element("p", { class: "note" }, error.message));
      this.handlers.lost(error);
    }
    const earlier = element("div", {});
    place.append(this.sameAddress(alerts, row) ?? "", earlier);
    this.showFlows(place, alerts, row);
    this.showEarlier(earlier, alerts, row, signal);
  }

  // What the address was alerted for on the days before; of a server that cannot tell, nothing.
  async showEarlier(place, alerts, row, signal) {
    const address = alerts.address(row);
    if (address === null) return;
    let days;
    try {
      ({ days } = await api.address(address, signal));
    } catch {
      return;
    }
    const lines = days.filter((day) => day.processing_date < alerts.day && day.alerts !== null).flatMap((day) => day.alerts.map((one) => ({ day: day.processing_date, open: day.has_batch, ...one })));
    if (signal.aborted) return;
    place.append(element("section", { "aria-label": "Earlier days" }, element("h3", {}, "Earlier days of this address"), lines.length === 0
      ? element("p", { class: "muted" }, "It had no alert on the earlier days that this server has.")
      : element("table", { class: "plain" },
        element("thead", {}, element("tr", {}, ...["Day", "Typology", "Rank", "Score"].map((text, i) => element("th", { scope: "col", class: i > 1 ? "numeric" : "" }, text)))),
        element("tbody", {}, ...lines.slice(0, kEarlier).map((one) => element("tr", {},
          element("td", {}, one.open ? element("button", { type: "button", class: "link", onclick: () => this.handlers.elsewhere(one.day, one.alert_id) }, one.day) : one.day),
          element("td", {}, words(one.typology_type ?? "")), element("td", { class: "numeric" }, one.rank === null ? "" : count(one.rank)), element("td", { class: "numeric" }, score(one.score))))))));
  }

  alertSection(answer) {
    const suspected = [answer.suspected_address_type, answer.suspected_address_subtype].filter((text) => text).map(words).join(", ");
    const indicators = (answer.risk_indicators ?? []).map((text) => element("span", { class: "tag" }, words(String(text))));
    return element("section", { "aria-label": "The alert" }, element("h3", {}, "The alert"),
      answer.description ? element("p", {}, answer.description) : "",
      facts([["Known as", answer.known?.[answer.address] === undefined ? "" : badges(answer.known[answer.address])], ["Volume", usd(answer.volume_usd)], ["Confidence", share(answer.alert_confidence_score)], ["Suspected", suspected],
             ["Pattern", [answer.pattern_type, answer.pattern_id].filter((text) => text).join(" · ")],
             ["Indicators", indicators.length > 0 ? element("span", { class: "tags" }, ...indicators) : ""]]),
      evidence(answer.evidence_json) ?? "");
  }

  clusterSection(answer, alerts, row) {
    const section = element("section", { "aria-label": "Cluster" }, element("h3", {}, answer.clusters?.length > 1 ? "Clusters" : "Cluster"));
    if (answer.clusters === null) {
      section.append(element("p", { class: "note" }, alerts.inputs.clusters === "absent" ? "The input has no clusters.parquet." : "The input's clusters.parquet cannot be read."));
      return section;
    }
    if (answer.clusters.length === 0) section.append(element("p", { class: "muted" }, "It belongs to no cluster."));
    for (const cluster of answer.clusters) section.append(this.cluster(cluster, alerts, row));
    return section;
  }

  cluster(cluster, alerts, row) {
    const others = (cluster.related_alert_ids ?? []).filter((id) => id !== alerts.id[row]);
    const members = others.slice(0, 8).map((id) => this.link(alerts, id));
    const when = [time(cluster.earliest_alert_timestamp), time(cluster.latest_alert_timestamp)].filter((text) => text).join(" to ");
    return element("div", { class: "cluster" },
      facts([["Cluster", element("code", { class: "whole" }, cluster.cluster_id)], ["Type", words(cluster.cluster_type ?? "")],
             ["Score", score(cluster.score)],
             ["Size", `${plural(cluster.total_alerts ?? others.length + 1, "alert")}, ${plural((cluster.addresses_involved ?? []).length, "address", "addresses")}`],
             ["Volume", usd(cluster.total_volume_usd)], ["Severity", cluster.severity_max], ["Alerts", when],
             ["With", members.length > 0 ? element("span", { class: "tags" }, ...members, others.length > 8 ? element("span", { class: "muted" }, `and ${others.length - 8} more`) : "") : ""]]),
      element("button", { type: "button", class: "link", onclick: () => this.handlers.search(alerts, cluster.cluster_id) }, "Show its alerts in the table"));
  }

  link(alerts, id) {
    const row = alerts.rowById.get(id);
    if (row === undefined) return element("code", {}, short(id));
    return element("button", { type: "button", class: "link", title: id, onclick: () => this.handlers.open(alerts, row) },
                   `${words(alerts.typology(row) ?? short(id))} ${score(alerts.score[row])}`);
  }

  sameAddress(alerts, row) {
    const others = alerts.rowsOf(alerts.address(row)).filter((other) => other !== row);
    if (others.length === 0) return null;
    return element("section", { "aria-label": "Other alerts of the address" }, element("h3", {}, "Other alerts of this address"),
                   element("p", { class: "tags" }, ...others.slice(0, 12).map((other) => this.link(alerts, alerts.id[other]))));
  }

  showFlows(place, alerts, row) {
    const state = alerts.inputs.money_flows;
    const address = alerts.address(row);
    if (state !== "read" || address === null) {
      place.append(element("section", { "aria-label": "Money flows" }, element("h3", {}, "Money flows"), element("p", { class: "note" },
        state === "absent" ? "The input has no money_flows.parquet." : state === "read" ? "The alert has no address." : "The input's money_flows.parquet cannot be read.")));
      return;
    }
    this.flows = new Flows(alerts, address, this.handlers);
    place.append(this.flows.section);
    this.flows.show();
  }

  // Canvases keep the colours they were drawn with.
  repaint() {
    this.flows?.restyle();
    if (!this.isOpen || this.charts.length === 0) return;
    for (const chart of this.charts) chart.destroy();
    this.charts = [drawWaterfall(this.waterfall.canvas, this.waterfall.steps)];
  }
}
