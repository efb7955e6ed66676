// What the server says of itself: the choice between its networks, and where block explorers show an address. With one network alone the page looks as it
// always did.
import * as api from "./api.js";
import { setExplorers } from "./explorer.js";
import { element } from "./format.js";

let isKnown = false;

// Where the server begins: what stands before the network in the page's address.
function beginning(path, networks, network) {
  const folder = path.replace(/[^/]*$/, "");
  const own = `/${network}/`;
  return networks.includes(network) && folder.endsWith(own) ? folder.slice(0, -own.length + 1) : folder;
}

function offer(networks, network) {
  if (networks.length < 2) return;
  const choice = element("select", { "aria-label": "Network" }, ...networks.map((name) => element("option", { value: name }, name)));
  choice.value = network;
  choice.onchange = () => location.assign(`${beginning(location.pathname, networks, network)}${encodeURIComponent(choice.value)}/`);
  document.getElementById("networks").replaceChildren(choice);
  document.getElementById("network").hidden = true;
}

// Asked before anything is shown, and again until somebody has answered; the page works without.
export async function learnNetworks() {
  if (isKnown) return;
  try {
    const { networks, network, explorers } = await api.networks();
    isKnown = true;
    setExplorers(explorers ?? {});
    offer(networks, network);
  } catch {
    // Whoever asks for the days says why.
  }
}
