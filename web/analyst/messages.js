// What the page says of itself: banners, what stands in the table's place, and the question for a token.
import * as api from "./api.js";

const kRetryMs = 5000;

const $ = (id) => document.getElementById(id);
let retry = 0;

export function banner(text, retryIt = false) {
  $("banner").hidden = text === "";
  $("banner-text").textContent = text;
  $("banner-retry").hidden = !retryIt;
}

export function message(text) {
  $("message").hidden = text === "";
  $("message").textContent = text;
}

export function retryLater(what) {
  clearTimeout(retry);
  retry = setTimeout(what, kRetryMs);
}

export function retryNoMore() {
  clearTimeout(retry);
}

// Says what went wrong; `again` is tried once it may help.
export function complain(problem, again) {
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

export const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

export function askToken(why = "") {
  $("token-open").hidden = false;
  $("token").value = "";
  $("token-why").textContent = `${why} It is sent with every question, and kept until this tab is closed.`.trim();
  $("token-dialog").returnValue = "";  // Escape leaves what stands there
  if (!$("token-dialog").open) $("token-dialog").showModal();
}

// The question for a token; given() is called once there is one.
export function startToken(given) {
  $("token-open").hidden = api.token() === "";
  $("token-open").addEventListener("click", () => askToken());
  $("token-cancel").addEventListener("click", () => $("token-dialog").close());
  $("token-dialog").addEventListener("close", () => {
    if ($("token-dialog").returnValue !== "ok") return;
    api.setToken($("token").value.trim());
    $("token").value = "";
    given();
  });
}
