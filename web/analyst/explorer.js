// Links to block explorers, where the server was told of one (serve --explorer). Nothing is asked of it before somebody clicks, and then it is not told whence.
import { element } from "./format.js";

let explorers = {};

export function setExplorers(found) {
  explorers = found;
}

// Where an address of a network is shown; empty where no explorer is known.
export function placeOf(network, address) {
  const template = Object.hasOwn(explorers, network) ? explorers[network].address : undefined;
  if (typeof template !== "string" || !address) return "";
  const place = template.replaceAll("{address}", () => encodeURIComponent(address));
  try {
    return ["https:", "http:"].includes(new URL(place).protocol) ? place : "";
  } catch {
    return "";
  }
}

// The address's link, to stand behind it; null where there is none. text: what is read.
export function lookUp(network, address, text = "↗") {
  const place = placeOf(network, address);
  if (place === "") return null;
  const host = new URL(place).host;
  return element("a", { class: "explorer", href: place, target: "_blank", rel: "noopener noreferrer", title: `Look it up at ${host}`,
                        "aria-label": `Look up ${address} at ${host}, in a new tab` }, text);
}
