// The choice between the networks of one server. With one alone the page looks as it always did.
import * as api from "./api.js";
import { element } from "./format.js";

const kAgainMs = 2000;

// Where the server begins: what stands before the network in the page's address.
function beginning(path, networks, network) {
  const folder = path.replace(/[^/]*$/, "");
  const own = `/${network}/`;
  return networks.includes(network) && folder.endsWith(own) ? folder.slice(0, -own.length + 1) : folder;
}

async function offerNetworks() {
  let networks, network;
  try {
    ({ networks, network } = await api.networks());
  } catch (problem) {
    if (problem.kind === "token") setTimeout(offerNetworks, kAgainMs);  // it is asked for meanwhile
    return;
  }
  if (networks.length < 2) return;
  const choice = element("select", { "aria-label": "Network" }, ...networks.map((name) => element("option", { value: name }, name)));
  choice.value = network;
  choice.onchange = () => location.assign(`${beginning(location.pathname, networks, network)}${encodeURIComponent(choice.value)}/`);
  document.getElementById("networks").replaceChildren(choice);
  document.getElementById("network").hidden = true;
}

offerNetworks();
