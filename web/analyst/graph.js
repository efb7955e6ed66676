// Money flows around an address as a graph: who pays it on the left, whom it pays on the right, who does both above
// and below; a second hop stands further out.
import { addressPart } from "./address.js";
import { lookUp } from "./explorer.js";
import { count, element, plural, score, short, time, usd, words } from "./format.js";
import { color } from "./theme.js";

const kRadius = 230;
const kOuterRadius = 390;

let loading = null;
function library() {
  loading ??= import("../../vendor/cytoscape/dist/cytoscape.esm.min.mjs").then((module) => module.default);
  return loading;
}

const radians = (degrees) => (degrees * Math.PI) / 180;
const at = (radius, degrees) => ({ x: radius * Math.cos(radians(degrees)), y: radius * Math.sin(radians(degrees)) });

// Angles for n nodes, centred on `middle`, over at most `width` degrees.
function spread(n, middle, width) {
  const step = Math.min(width / Math.max(n, 1), 40);
  return Array.from({ length: n }, (_, i) => middle + (i - (n - 1) / 2) * step);
}

// address → {x, y, side}. side: "center", "in", "out", "both", "far".
function places(answer) {
  const pays = new Set();
  const paid = new Set();
  for (const edge of answer.edges) {
    if (edge.dest_address === answer.address) pays.add(edge.source_address);
    if (edge.source_address === answer.address) paid.add(edge.dest_address);
  }
  const amounts = new Map();
  for (const edge of answer.edges) {
    for (const end of [edge.source_address, edge.dest_address]) {
      amounts.set(end, (amounts.get(end) ?? 0) + edge.amount_usd);
    }
  }
  const groups = { in: [], out: [], both: [] };
  const found = new Map([[answer.address, { x: 0, y: 0, side: "center", angle: 0 }]]);
  for (const node of answer.nodes) {
    if (node.hop !== 1) continue;
    const side = pays.has(node.address) ? (paid.has(node.address) ? "both" : "in") : "out";
    groups[side].push(node.address);
  }
  const put = (addresses, angles, side) => addresses.forEach((address, i) => {
    // Neighbours on a crowded arc stand at two distances, so that their labels do not meet.
    const radius = addresses.length > 9 && i % 2 === 1 ? kRadius * 1.27 : kRadius;
    found.set(address, { ...at(radius, angles[i]), side, angle: angles[i] });
  });
  const half = Math.ceil(groups.both.length / 2);
  put(groups.in, spread(groups.in.length, 180, 120), "in");
  put(groups.out, spread(groups.out.length, 0, 120), "out");
  put(groups.both.slice(0, half), spread(half, 270, 56), "both");
  put(groups.both.slice(half), spread(groups.both.length - half, 90, 56), "both");
  placeSecondHop(answer, found);
  return found;
}

// Each near the nodes it deals with, and none on top of another.
function placeSecondHop(answer, found) {
  const wanted = [];
  for (const node of answer.nodes) {
    if (node.hop !== 2) continue;
    let x = 0;
    let y = 0;
    for (const edge of answer.edges) {
      const other = edge.source_address === node.address ? edge.dest_address
                  : edge.dest_address === node.address ? edge.source_address : null;
      const place = other === null ? undefined : found.get(other);
      if (place === undefined || place.side === "center" || place.side === "far") continue;
      x += Math.cos(radians(place.angle));
      y += Math.sin(radians(place.angle));
    }
    wanted.push({ address: node.address, angle: (Math.atan2(y, x) * 180) / Math.PI });
  }
  wanted.sort((a, b) => a.angle - b.angle);
  const gap = Math.min(9, 350 / Math.max(wanted.length, 1));
  let last = -Infinity;
  wanted.forEach((one, i) => {
    const angle = Math.max(one.angle, last + gap);
    last = angle;
    found.set(one.address, { ...at(kOuterRadius + (i % 3) * 48, angle), side: "far", angle });
  });
}

// The ends of an address, and below them the first thing that it is known as.
function labelOf(address, labels) {
  return labels.length === 0 ? short(address, 6, 4) : `${short(address, 6, 4)}\n${words(labels[0].category)}${labels.length > 1 ? ", …" : ""}`;
}

export function elementsOf(answer, alerts, known) {
  const place = places(answer);
  const own = answer.edges.filter((edge) => edge.source_address === answer.address || edge.dest_address === answer.address);
  const largest = Math.max(1, ...own.map((edge) => edge.amount_usd));
  const nodes = answer.nodes.map((node) => {
    const rows = alerts.rowsOf(node.address);
    const { x, y, side } = place.get(node.address);
    const labels = known.of(node.address);
    const best = rows.length > 0 ? Math.max(...rows.map((row) => alerts.score[row])) : null;
    return {
      data: { id: `n${node.address}`, address: node.address, label: labelOf(node.address, labels), side, flows: node.flows, service: node.is_service },
      classes: [side, best === null ? "" : "alerted", node.is_service ? "service" : "", labels.length > 0 ? "known" : "", labels.some((label) => label.is_bad) ? "bad" : ""].join(" "),
      position: { x, y },
    };
  });
  const edges = answer.edges.filter((edge) => edge.source_address !== edge.dest_address).map((edge, i) => ({
    data: { id: `e${i}`, source: `n${edge.source_address}`, target: `n${edge.dest_address}`, edge,
            width: own.includes(edge) ? 1.2 + 5 * Math.sqrt(Math.min(1, edge.amount_usd / largest)) : 1.5 },
    classes: [edge.on_cycle ? "cycle" : "", edge.dest_address === answer.address ? "in" : "",
              edge.source_address === answer.address ? "out" : ""].join(" "),
  }));
  return [...nodes, ...edges];
}

// A graph with a second hop is drawn smaller: what is in it must be larger by `size`.
function style(size) {
  const text = color("text");
  const panel = color("panel");
  const square = (side) => ({ width: side * size, height: side * size });
  return [
    { selector: "node", style: { "background-color": color("node"), ...square(18), label: "data(label)", color: text,
        "font-size": 15 * size, "text-valign": "bottom", "text-margin-y": 3, "text-wrap": "wrap", "min-zoomed-font-size": 8,
        "text-background-color": panel, "text-background-opacity": 0.75, "text-background-padding": 1 } },
    { selector: "node.far", style: { ...square(11), "font-size": 12 * size } },
    { selector: "node.alerted", style: { "background-color": color("risk"), "border-width": 2, "border-color": panel } },
    { selector: "node.service", style: { shape: "rectangle" } },
    { selector: "node.center", style: { ...square(36), "font-size": 18 * size, "font-weight": 600, "border-width": 4, "border-color": text } },
    { selector: "node.known", style: { "border-width": 4, "border-style": "double", "border-color": color("accent") } },
    { selector: "node.bad", style: { "border-color": color("critical") } },
    { selector: "edge", style: { width: (edge) => edge.data("width") * size, "line-color": color("faint"), "target-arrow-color": color("faint"),
        "target-arrow-shape": "triangle", "curve-style": "bezier", "arrow-scale": 1.1 * size, opacity: 0.7 } },
    { selector: "edge.in", style: { "line-color": color("inflow"), "target-arrow-color": color("inflow"), opacity: 0.9 } },
    { selector: "edge.out", style: { "line-color": color("outflow"), "target-arrow-color": color("outflow"), opacity: 0.9 } },
    { selector: "edge.cycle", style: { "line-style": "dashed", "line-dash-pattern": [9 * size, 4 * size], "line-color": color("cycle"),
        "target-arrow-color": color("cycle"), opacity: 1, "z-index": 2 } },
    { selector: ":selected", style: { "overlay-color": color("accent"), "overlay-opacity": 0.25, "overlay-padding": 5 } },
  ];
}

// What is said of a node or an edge that was chosen.
function story(answer, alerts, data, handlers) {
  if (data.edge) {
    const edge = data.edge;
    const when = [time(edge.first_timestamp), time(edge.last_timestamp)].filter((text, i, all) => text && text !== all[i - 1]);
    return element("p", {}, addressPart(edge.source_address, handlers, 8, 6), " → ",
                   addressPart(edge.dest_address, handlers, 8, 6), `: ${usd(edge.amount_usd)} in `,
                   plural(edge.transfers, "transfer"), when.length > 0 ? `, ${when.join(" to ")}` : "",
                   edge.on_cycle ? element("strong", {}, " · on a cycle") : "");
  }
  const rows = alerts.rowsOf(data.address);
  const parts = [element("code", { class: "whole" }, data.address), " ", lookUp(handlers.network, data.address), handlers.known.badges(data.address)].filter((part) => part !== null);
  parts.push(data.service ? ` a service with ${count(data.flows)} counterparties` : ` ${plural(data.flows, "counterparty", "counterparties")}`);
  parts.push(rows.length === 0 ? ", no alert." : ":");
  for (const row of rows.slice(0, 4)) {
    parts.push(" ", element("button", { type: "button", class: "link", onclick: () => handlers.open(alerts, row) },
                            `${alerts.typology(row) ?? "alert"} ${score(alerts.score[row])}`));
  }
  if (rows.length > 4) parts.push(` and ${rows.length - 4} more`);
  if (data.side !== "center") {
    parts.push(" ", element("button", { type: "button", class: "link", onclick: () => handlers.center(data.address) }, "Its flows"));
  }
  return element("p", {}, ...parts);
}

// Draws the answer of /flows into `frame`, tells about what is chosen in `legend`, and gives what must be destroyed.
export async function drawGraph(frame, legend, answer, alerts, handlers) {
  const cytoscape = await library();
  if (!frame.isConnected) return null;
  const size = answer.nodes.some((node) => node.hop === 2) ? 1.5 : 1;
  const graph = cytoscape({
    container: frame,
    elements: elementsOf(answer, alerts, handlers.known),
    style: style(size),
    layout: { name: "preset", fit: true, padding: 18 },
    minZoom: 0.15,
    maxZoom: 4,
    boxSelectionEnabled: false,
    selectionType: "single",
    userZoomingEnabled: false,  // the wheel scrolls the page; see the buttons
  });
  graph.on("tap", "node, edge", (event) => legend.replaceChildren(story(answer, alerts, event.target.data(), handlers)));
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(graph, event.deltaY < 0 ? 1.15 : 1 / 1.15);
  }, { passive: false });
  const resized = new ResizeObserver(() => graph.resize().fit(undefined, 18));
  resized.observe(frame);
  return {
    graph,
    zoom: (factor) => zoom(graph, factor),
    fit: () => graph.fit(undefined, 18),
    restyle: () => graph.style(style(size)),
    destroy: () => {
      resized.disconnect();
      graph.destroy();
    },
  };
}

function zoom(graph, factor) {
  graph.zoom({ level: graph.zoom() * factor, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
}
