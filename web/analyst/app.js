// The page: which day, which filters, which alert; everything else is told what to show.
import { Alerts } from "./alerts.js";
import * as api from "./api.js";
import { download } from "./csv.js";
import { Detail } from "./detail.js";
import { Filters } from "./filters.js";
import { showFit } from "./fit.js";
import { count, element, plural } from "./format.js";
import { Histogram } from "./histogram.js";
import { formatPlace, parsePlace } from "./place.js";
import { Table } from "./table.js";
import { startTheme } from "./theme.js";

const kPollMs = 30000;
const kRetryMs = 5000;
const kWarmMs = 1500;

const $ = (id) => document.getElementById(id);

let place = parsePlace(location.hash);
let days = [];
let alerts = null;       // of the day that is shown
let matching = null;     // rows that filters choose, but for the score's range
let turn = 0;            // counts loads: an answer that comes late is not shown
let retry = 0;
let warming = 0;
let uncompared = "";     // why the day is not compared with the one that was asked for
const overlay = matchMedia("(max-width: 1100px)");  // where style.css lays the alert over the table

startTheme($("theme"));
const table = new Table($("table"), { open: (row) => go({ alert: alerts.id[row] }), sort: (sort) => go({ sort }) });
const histogram = new Histogram($("histogram"), $("histogram-scale"), (min, max) => go({ min, max }));
const filters = new Filters({ go: (changes, options) => go(changes, options), down: () => table.focus() });
const detail = new Detail($("detail"), {
  open: (of, row) => openAlert(of, row),
  visit: (of, row) => go({ ...dayOf(of), alert: of.id[row] }),
  close: () => closeAlert(),
  step: (step) => stepAlert(step),
  search: (of, text) => go({ ...dayOf(of), q: text, severity: [], change: [], min: null, max: null }),
});

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
  if (["q", "severity", "change", "min", "max", "sort"].some((name) => String(next[name]) !== String(before[name]))) choose();
  if (next.alert !== before.alert) showAlert();
}

// --- messages ---------------------------------------------------------------------------------------------------

function banner(text, retryIt = false) {
  $("banner").hidden = text === "";
  $("banner-text").textContent = text;
  $("banner-retry").hidden = !retryIt;
}

function message(text) {
  $("message").hidden = text === "";
  $("message").textContent = text;
}

function retryLater(what) {
  clearTimeout(retry);
  retry = setTimeout(what, kRetryMs);
}

// Says what went wrong; `again` is tried once it may help.
function complain(problem, again) {
  message("");
  $("main").removeAttribute("aria-busy");
  if (problem.kind === "token") {
    askToken(api.token() === "" ? "This server answers only those who have a token." : "The server does not know this token.");
    banner("This server wants a token.", true);
  } else if (problem.kind === "gone") {
    banner("The server does not answer. Trying again…", true);
    retryLater(again);
  } else if (problem.kind === "unavailable") {
    banner(`${sentence(problem.message)} Trying again…`, true);
    retryLater(again);
  } else if (problem.kind !== undefined) {
    banner(sentence(problem.message));
  } else {
    throw problem;  // a defect of this page
  }
  $("banner-retry").onclick = again;
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

function askToken(why = "") {
  $("token-open").hidden = false;
  $("token").value = "";
  $("token-why").textContent = `${why} It is sent with every question, and kept until this tab is closed.`.trim();
  $("token-dialog").returnValue = "";  // Escape leaves what stands there
  if (!$("token-dialog").open) $("token-dialog").showModal();
}

// --- days -------------------------------------------------------------------------------------------------------

async function loadDates() {
  try {
    days = (await api.dates()).dates;
  } catch (problem) {
    complain(problem, loadDates);
    return;
  }
  clearTimeout(retry);
  banner("");
  fillDays();
  if (days.length === 0) {
    alerts = null;
    message("No batch has been published yet. This page looks again by itself.");
    retryLater(loadDates);
    return;
  }
  if (place.day === "" || place.day === "latest") {
    place = { ...place, day: days[0] };
    history.replaceState(null, "", formatPlace(place));
  }
  await loadDay();
}

// Days come while the page is open.
async function poll() {
  if (document.hidden || days.length === 0) return;
  try {
    const found = (await api.dates()).dates;
    if (String(found) === String(days)) return;
    days = found;
    fillDays();
  } catch {
    // The next question will say so.
  }
}

function fillDays() {
  const all = days.includes(place.day) || place.day === "" || place.day === "latest" ? days : [place.day, ...days];
  $("day").replaceChildren(...all.map((day) => element("option", { value: day }, day)));
  $("day").value = place.day === "" ? (days[0] ?? "") : place.day;
  const at = days.indexOf(place.day);
  $("older").disabled = at < 0 || at + 1 >= days.length;
  $("newer").disabled = at <= 0;
  const older = days.filter((day) => day !== place.day);
  $("compare").replaceChildren(element("option", { value: "" }, "no other day"), ...older.map((day) => element("option", { value: day }, day)));
  $("compare").value = older.includes(place.compare) ? place.compare : "";
  $("compare").disabled = older.length === 0;
}

function stepDay(step) {
  const at = days.indexOf(place.day);
  const day = days[at + step];
  if (at >= 0 && day !== undefined) go({ day, alert: "", compare: place.compare === "" ? "" : (days[at + step + 1] ?? "") });
}

// A day may be processed again: the browser's own cache asks the server when that is due.
const alertsOf = async (day) => new Alerts(await api.table(day));

async function loadDay() {
  const mine = ++turn;
  clearTimeout(retry);
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
    alerts = found;
  } catch (problem) {
    if (mine !== turn) return;
    alerts = null;
    filters.place = null;
    table.showRows(new Int32Array(0), "");
    $("count").textContent = "";
    fillDays();
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
  fillDays();
  filters.show(alerts, place);
  note();
  tellFit();
  table.show(alerts);
  choose();
  showAlert();
  warmFlows();
}

// Whether the day is of the kind that the model learned from; the page works without knowing.
async function tellFit() {
  const mine = turn;
  let metadata = null;
  try {
    metadata = await api.metadata(alerts.day);
  } catch {
    // The next question will say so.
  }
  if (mine === turn) showFit($("fit"), metadata);
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
  const { inputs } = alerts;
  const parts = uncompared === "" ? [] : [uncompared];
  if (inputs.alerts === "absent") parts.push("The server has no input of this day: addresses, typologies and severities are not shown.");
  if (inputs.alerts === "unreadable") parts.push("The input's alerts.parquet cannot be read: addresses, typologies and severities are not shown.");
  if (inputs.same_snapshot === false) parts.push("The input has changed since this batch was processed: what stands beside the scores may be newer than they are.");
  if (alerts.older && alerts.older.inputs.alerts !== alerts.inputs.alerts) parts.push("Of the two days compared only one has its input, so alerts cannot be recognized.");
  $("note").hidden = parts.length === 0;
  $("note").textContent = parts.join(" ");
}

// --- rows ----------------------------------------------------------------------------------------------------

// How many rows of which day.
function counted(rows) {
  const gone = rows.reduce((n, row) => n + alerts.isGone(row), 0);
  const here = rows.length - gone;
  const parts = [];
  if (here > 0 || gone === 0) parts.push(here === alerts.size ? plural(here, "alert") : `${count(here)} of ${plural(alerts.size, "alert")}`);
  if (gone > 0) parts.push(`${count(gone)} of ${plural(alerts.older.size, "alert")} of ${alerts.older.day} gone since, with that day's rank and score`);
  return parts.join("; ");
}

// Chooses and orders rows, and shows them.
function choose() {
  matching = alerts.matching(place);
  histogram.show(alerts, matching, place.min, place.max);
  let rows = alerts.within(matching, place.min, place.max);
  const name = place.sort.replace(/^-/, "");
  if (name !== "" && place.sort !== "rank") rows = alerts.sorted(rows, name, place.sort.startsWith("-"));
  table.showRows(rows, place.sort);
  $("count").textContent = counted(rows);
  $("download").disabled = rows.length === 0;
  message(alerts.size === 0 ? `The batch of ${alerts.day} has no alerts.` : rows.length === 0 ? "No alert fits these filters." : "");
}

// --- one alert --------------------------------------------------------------------------------------------------

// What must change for alerts of the other day to be in the table.
const dayOf = (of) => (of.day === alerts.day ? {} : { day: of.day, compare: "", change: [], sort: place.sort.endsWith("difference") ? "" : place.sort });

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

function showAlert() {
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
  if (overlay.matches) $("detail").focus();
  table.mark(row);
}

// --- keys and buttons -------------------------------------------------------------------------------------------

const kKeys = {
  "/": () => $("search").focus(),
  "[": () => stepDay(1),
  "]": () => stepDay(-1),
  "?": () => $("help").showModal(),
  j: () => stepAlert(1),
  k: () => stepAlert(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && detail.isOpen) {
    closeAlert();
    return;
  }
  if (event.target.matches("input, select, textarea")) return;
  const act = kKeys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

$("day").addEventListener("change", () => {
  const at = days.indexOf($("day").value);
  go({ day: $("day").value, alert: "", compare: place.compare === "" ? "" : (days[at + 1] ?? "") });
});
$("older").addEventListener("click", () => stepDay(1));
$("newer").addEventListener("click", () => stepDay(-1));
$("compare").addEventListener("change", () => {
  const compare = $("compare").value;
  go({ compare, change: [], sort: compare === "" && place.sort.endsWith("difference") ? "" : place.sort });
});
$("download").addEventListener("click", () => alerts && download(alerts, table.rows));
$("skip").addEventListener("click", () => table.focus());
$("help-open").addEventListener("click", () => $("help").showModal());
$("token-open").addEventListener("click", () => askToken());
$("token-cancel").addEventListener("click", () => $("token-dialog").close());
$("token-dialog").addEventListener("close", () => {
  if ($("token-dialog").returnValue !== "ok") return;
  api.setToken($("token").value.trim());
  $("token").value = "";
  loadDates();
});
addEventListener("popstate", () => arrive(parsePlace(location.hash)));
document.addEventListener("visibilitychange", poll);
setInterval(poll, kPollMs);
$("token-open").hidden = api.token() === "";

loadDates();
