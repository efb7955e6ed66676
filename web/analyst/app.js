// The page: which day, which filters, which alert; everything else is told what to show.
import { Alerts } from "./alerts.js";
import * as api from "./api.js";
import { Capacity } from "./capacity.js";
import { download } from "./csv.js";
import { Days } from "./days.js";
import { Detail } from "./detail.js";
import { Facets } from "./facets.js";
import { Filters } from "./filters.js";
import { showBatch, showFit } from "./fit.js";
import { plural } from "./format.js";
import { Histogram } from "./histogram.js";
import { startKeys } from "./keys.js";
import { banner, complain, message, retryLater, retryNoMore, sentence, startToken } from "./messages.js";
import { downloadReasons } from "./reasons_csv.js";
import { kKinds } from "./report.js";
import { ReportPage } from "./report_page.js";
import { showModel } from "./model.js";
import { learnNetworks } from "./networks.js";
import { formatPlace, parsePlace } from "./place.js";
import { Table } from "./table.js";
import { counted, notesOf } from "./said.js";
import { startTheme } from "./theme.js";
const [kPollMs, kWarmMs] = [30000, 1500];

const $ = (id) => document.getElementById(id);

let place = parsePlace(location.hash);
let alerts = null;       // of the day that is shown
let matching = null;     // rows that filters choose, but for the score's range
let chosen = [];         // those within it, also where the table shows groups
let turn = 0;            // counts loads: an answer that comes late is not shown
let warming = 0;
let cases = null;        // where people decide on alerts: the listener of cases serves the page at /review
let uncompared = "";     // why the day is not compared with the one that was asked for
const kGroups = ["address", "cluster"];
const kGroupNames = { address: ["address", "addresses"], cluster: ["cluster", "clusters"] };  // what has none stands for itself
const openGroups = new Set();
const overlay = matchMedia("(max-width: 1100px)");  // where style.css lays the alert over the table

const kKeys = {
  "/": () => $("search").focus(),
  "[": () => days.step(1),
  "]": () => days.step(-1),
  "?": () => $("help").showModal(),
  j: () => stepAlert(1),
  k: () => stepAlert(-1),
};

startTheme($("theme"));
const days = new Days({ place: () => place, go: (changes) => go(changes) });
const table = new Table($("table"), { open: (row) => go({ alert: alerts.id[row] }), sort: (sort) => go({ sort }), toggle: (row) => toggleGroup(row) });
const capacity = new Capacity($("capacity"), (q) => go({ q }));
const facets = new Facets($("facets"), (q) => go({ q }));
const histogram = new Histogram($("histogram"), $("histogram-scale"), (min, max) => go({ min, max }));
const filters = new Filters({ go: (changes, options) => go(changes, options), down: () => table.focus() });
const detail = new Detail($("detail"), {
  open: (of, row) => openAlert(of, row),
  visit: (of, row) => go({ ...dayOf(of), alert: of.id[row] }),
  close: () => closeAlert(),
  step: (step) => stepAlert(step),
  lost: (problem) => awaitServer(problem),
  report: () => go({ report: "alert" }),
  elsewhere: (day, id) => go({ day, alert: id, compare: "", change: [], report: "" }),
  search: (of, text) => go({ ...dayOf(of), q: text, severity: [], change: [], min: null, max: null }),
});

const report = new ReportPage($("report"), { close: () => go({ report: "" }), kind: (kind) => go({ report: kind }), lost: (problem) => awaitServer(problem), decided: async (...asked) => cases?.entriesOf(...asked) ?? null });

// --- where we are -----------------------------------------------------------------------------------------------

function go(changes, { replace = false } = {}) {
  const next = { ...place, ...changes };
  const hash = formatPlace(next);
  if (hash === formatPlace(place)) return;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  arrive(next);
}

// Shows a place; loads only what has changed.
function arrive(next) {
  const before = place;
  place = next;
  if (alerts === null || next.day !== before.day || next.compare !== before.compare) {
    loadDay();
    return;
  }
  filters.show(alerts, place);
  if (["q", "severity", "change", "decision", "min", "max", "sort", "group"].some((name) => String(next[name]) !== String(before[name]))) choose();
  if (next.alert !== before.alert) showAlert();
  else if (next.report !== before.report) showReport();
}

// --- days -------------------------------------------------------------------------------------------------------

async function loadDates() {
  try {
    await learnNetworks();
    days.list = (await api.dates()).dates;
  } catch (problem) {
    complain(problem, loadDates);
    return;
  }
  retryNoMore();
  banner("");
  days.fill();
  if (days.list.length === 0) {
    alerts = null;
    message("No batch has been published yet. This page looks again by itself.");
    retryLater(loadDates);
    return;
  }
  if (place.day === "" || place.day === "latest") {
    place = { ...place, day: days.list[0] };
    history.replaceState(null, "", formatPlace(place));
  }
  await loadDay();
}

// Days come while the page is open.
async function poll() {
  if (document.hidden || days.list.length === 0) return;
  try {
    days.learn((await api.dates()).dates);
    if (alerts !== null && days.list.includes(alerts.day)) await api.metadata(alerts.day);  // which says whether it is another batch
  } catch {
    // The next question will say so.
  }
}

// A day may be processed again while it is shown: then all of it is asked anew, so that the page never shows two batches as one.
let renewed = "";        // the day of which that is to be said

api.onBatch((day, batch) => {
  const shown = alerts?.day === day ? alerts : alerts?.older?.day === day ? alerts.older : null;
  if (shown === null || shown.batch === undefined || shown.batch === batch || $("main").hasAttribute("aria-busy")) return;
  renewed = day;
  loadDay();
});

const alertsOf = async (day) => new Alerts(await api.table(day));

async function loadDay() {
  const mine = ++turn;
  retryNoMore();
  $("main").setAttribute("aria-busy", "true");
  if (alerts === null || alerts.day !== place.day) {
    detail.close();
    message(`Loading ${place.day}…`);
  }
  try {
    const compared = place.compare !== "" && place.compare !== place.day;
    // A day that cannot be compared with takes nothing from the one that is shown.
    const [found, older] = await Promise.all([alertsOf(place.day), compared ? alertsOf(place.compare).catch((problem) => problem) : null]);
    if (mine !== turn) return;
    uncompared = "";
    if (older instanceof Alerts) found.compareWith(older);
    else if (older !== null && ["missing", "unavailable", "other"].includes(older.kind)) uncompared = `Not compared with ${place.compare}: ${sentence(older.message)}`;
    else if (older !== null) throw older;
    await cases?.arrive(found);
    if (mine !== turn) return;
    alerts = found;
  } catch (problem) {
    if (mine !== turn) return;
    alerts = null;
    filters.place = null;
    table.showRows(new Int32Array(0), "");
    $("count").textContent = "";
    days.fill();
    complain(problem, loadDay);
    return;
  }
  banner("");
  showDay();
}

function showDay() {
  document.title = `${alerts.day} · Alerts · aml-miner`;
  $("network").textContent = alerts.network;
  $("main").removeAttribute("aria-busy");
  days.fill();
  filters.show(alerts, place);
  note();
  tellFit();
  table.show(alerts);
  choose();
  showAlert();
  cases?.showQueues();
  warmFlows();
}

// Whether the day is of the kind that the model learned from; the page works without knowing.
async function tellFit() {
  const mine = turn;
  const [metadata, commitment] = await Promise.all([api.metadata(alerts.day), api.commitment(alerts.day)].map((asked) => asked.catch(() => null)));  // the next question will say so
  if (mine !== turn) return;
  showFit($("fit"), metadata);
  capacity.tell(alerts, metadata);
  showBatch($("batch"), metadata, commitment, () => showModel($("model"), alerts.day, metadata));
}

// The first question for a day's flows makes the server read them, which takes seconds: asked ahead of the first click,
// where the day stays open for a while.
function warmFlows() {
  clearTimeout(warming);
  const address = alerts.size > 0 && alerts.inputs.money_flows === "read" ? alerts.address(0) : null;
  if (address === null) return;
  const { day } = alerts;
  warming = setTimeout(() => api.flows(day, address, 1).catch(() => {}), kWarmMs);  // whoever clicks is told what is wrong
}

function note() {
  const parts = notesOf(alerts, uncompared, renewed);
  renewed = "";
  $("note").hidden = parts.length === 0;
  $("note").textContent = parts.join(" ");
}

// --- rows ----------------------------------------------------------------------------------------------------

// Chooses and orders rows, and shows them.
function choose(keepsPlace = false) {
  matching = alerts.matching(place);
  histogram.show(alerts, matching, place.min, place.max);
  chosen = alerts.within(matching, place.min, place.max);
  let rows = chosen;
  if (place.sort !== "" && place.sort !== "rank") rows = alerts.sorted(rows, place.sort);
  let groups = null;
  if (kGroups.includes(place.group)) {
    groups = alerts.grouped(rows, place.group, openGroups);
    groups.isOpen = (row) => openGroups.has(alerts[place.group](row));
    rows = groups.rows;
  }
  table.showRows(rows, place.sort, groups, keepsPlace);
  facets.show(alerts, place);
  capacity.show(place.q);
  cases?.rowsChosen();
  $("group").value = groups === null ? "" : place.group;
  $("count").textContent = `${groups === null ? "" : `${plural(groups.groups, ...kGroupNames[place.group])} of `}${counted(alerts, chosen)}`;
  $("download").disabled = rows.length === 0;
  message(alerts.size === 0 ? `The batch of ${alerts.day} has no alerts.` : rows.length === 0 ? "No alert fits these filters." : "");
}

function toggleGroup(row) {
  const key = alerts[place.group](row);
  if (!openGroups.delete(key)) openGroups.add(key);
  choose(true);
}

// --- one alert --------------------------------------------------------------------------------------------------

// What must change for alerts of the other day to be in the table.
const dayOf = (of) => (of.day === alerts.day ? {} : { day: of.day, compare: "", change: [], sort: place.sort.includes("difference") ? "" : place.sort });

// An alert of the day, or of the one it is compared with.
function openAlert(of, row) {
  const id = of.id[row];
  go(alerts.rowById.has(id) ? { alert: id } : { ...dayOf(of), alert: id });
}

function closeAlert() {
  const row = alerts?.rowById.get(place.alert) ?? -1;
  go({ alert: "" });
  table.focus(row);
}

function stepAlert(step) {
  const row = table.neighbour(alerts?.rowById.get(place.alert) ?? -1, step);
  if (row >= 0) go({ alert: alerts.id[row] });
}

// A part of the open alert could not be asked for because nobody answers: it is asked again once somebody does.
function awaitServer(problem) {
  if (problem.kind !== "gone") return;
  banner("The server does not answer. Trying again…", true);
  const again = async () => {
    retryNoMore();
    try {
      await api.dates();
    } catch {
      retryLater(again);
      return;
    }
    banner("");
    if (alerts !== null) showAlert();
  };
  retryLater(again);
  $("banner-retry").onclick = again;
}

// Over everything else, where one is asked for.
function showReport() {
  const row = alerts.rowById.get(place.alert);
  const isShown = kKinds.includes(place.report) && row !== undefined && !alerts.isGone(row);
  document.body.classList.toggle("has-report", isShown);
  if (isShown) report.open(alerts, row, place.report);
  else report.close();
}

function showAlert() {
  showReport();
  const row = place.alert === "" ? undefined : alerts.rowById.get(place.alert);
  document.body.classList.toggle("has-detail", row !== undefined);
  if (row === undefined) {
    detail.close();
    table.mark(-1);
    if (place.alert !== "") banner(`${alerts.day} has no alert “${place.alert}”.`);
    return;
  }
  banner("");
  if (alerts.isGone(row)) detail.open(alerts.older, alerts.before[row], alerts.day);
  else detail.open(alerts, row);
  if (!alerts.isGone(row)) cases?.show($("detail"), alerts, row);
  if (overlay.matches) $("detail").focus();
  table.mark(row);
}

// --- keys and buttons -------------------------------------------------------------------------------------------

startKeys({
  escape: () => {
    if (place.report !== "") go({ report: "" });
    else if (detail.isOpen) closeAlert();
    else return false;
    return true;
  },
  act: (key) => kKeys[key] ?? cases?.keys[key],
});

$("compare").addEventListener("change", () => {
  const compare = $("compare").value;
  go({ compare, change: [], sort: compare === "" && place.sort.includes("difference") ? "" : place.sort });
});
$("download").addEventListener("click", () => alerts && download(alerts, table.rows, place));
$("download-reasons").addEventListener("click", () => alerts && downloadReasons(alerts, table.rows, place).catch((problem) => complain(problem, () => banner(""))));
$("group").addEventListener("change", () => {
  openGroups.clear();
  go({ group: $("group").value });
});
$("skip").addEventListener("click", () => table.focus());
$("help-open").addEventListener("click", () => $("help").showModal());
addEventListener("popstate", () => {
  filters.forget();
  arrive(parsePlace(location.hash));
});
document.addEventListener("visibilitychange", poll);
setInterval(poll, kPollMs);
startToken(loadDates);

if (location.pathname.endsWith("/review")) {
  const { Cases } = await import("./cases.js");
  cases = new Cases({
    alerts: () => alerts,
    row: () => alerts?.rowById.get(place.alert) ?? -1,
    shown: () => chosen,
    go,
    after: () => {
      const row = table.neighbour(alerts.rowById.get(place.alert) ?? -1, 1);
      return row < 0 ? null : alerts.id[row];
    },
    changed: () => {
      filters.show(alerts, place);
      if (place.decision.length > 0) choose();
      else table.repaint();
    },
  });
}

loadDates();
