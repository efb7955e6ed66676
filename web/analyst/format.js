// Values as text for people, and elements whose content is always text: what the server sends was written by
// strangers.

export const kSeverities = ["critical", "high", "medium", "low"];

const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const shortMoney = new Intl.NumberFormat("en-US",
                                         { style: "currency", currency: "USD", notation: "compact", maximumSignificantDigits: 3 });
const large = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en-US");

export const usd = (value) => (value === null || value === undefined ? "" : money.format(value));
export const shortUsd = (value) => shortMoney.format(value);
export const count = (value) => whole.format(value);
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
export const score = (value) => (value === null || value === undefined ? "" : value.toFixed(4));
export const share = (value) => (value === null || value === undefined ? "" : value.toFixed(2));
// With a minus sign that is as wide as a plus.
export const plain = (value, digits) => value.toFixed(digits).replace("-", "−");
export const signed = (value, digits) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

// A feature's value: as many digits as tell something.
export function number(value) {
  if (value === null || value === undefined) return "missing";
  const size = Math.abs(value);
  if (size >= 1e6) return large.format(value);
  if (Number.isInteger(value)) return whole.format(value);
  if (size >= 1000) return whole.format(Math.round(value));
  if (size >= 1e-3) return String(Number(value.toPrecision(4)));
  return value.toExponential(1);
}

export const words = (text) => text.replaceAll("_", " ");

// "bc1q4n…cejx2": both ends, which is what people compare.
export function short(text, head = 8, tail = 6) {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(text.length - tail)}`;
}

export function time(milliseconds) {
  if (milliseconds === null || milliseconds === undefined || milliseconds === 0) return "";
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

// element("p", {class: "note", hidden: true, onclick: f}, "text", child, …): strings become text nodes.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}
