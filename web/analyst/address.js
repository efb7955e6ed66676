// How an address stands in the views of money: both its ends to click on, and what leads elsewhere.
import { lookUp } from "./explorer.js";
import { element, short } from "./format.js";

// A button that goes on to the address's flows, with its link and whom it is known as. view: {network, known: Known, center(address)}; head, tail: how many
// letters of each end.
export function addressPart(address, view, head = 10, tail = 8) {
  return element("span", { class: "address" },
    element("button", { type: "button", class: "link mono", title: address, onclick: () => view.center(address) }, short(address, head, tail)), lookUp(view.network, address),
    view.known.badges(address));
}
