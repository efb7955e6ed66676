// Where the page is: #day/alert?filters. Everything an analyst may want to share stands in it.

const kText = ["q", "compare", "sort", "group", "report"];
const kLists = ["severity", "change", "decision"];
const kNumbers = ["min", "max"];

export function emptyPlace() {
  return { day: "", alert: "", q: "", compare: "", sort: "", group: "", report: "", severity: [], change: [], decision: [], min: null, max: null };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;  // a percent sign that somebody typed
  }
}

export function parsePlace(hash) {
  const place = emptyPlace();
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const slash = path.indexOf("/");
  place.day = decode(slash < 0 ? path : path.slice(0, slash));
  place.alert = slash < 0 ? "" : decode(path.slice(slash + 1));
  const parameters = new URLSearchParams(query);
  for (const name of kText) place[name] = parameters.get(name) ?? "";
  for (const name of kLists) place[name] = (parameters.get(name) ?? "").split(",").filter((text) => text !== "");
  for (const name of kNumbers) {
    const value = Number.parseFloat(parameters.get(name) ?? "");
    place[name] = value >= 0 && value <= 1 ? value : null;
  }
  return place;
}

export function formatPlace(place) {
  const parameters = new URLSearchParams();
  for (const name of kText) if (place[name] !== "") parameters.set(name, place[name]);
  for (const name of kLists) if (place[name].length > 0) parameters.set(name, place[name].join(","));
  for (const name of kNumbers) if (place[name] !== null) parameters.set(name, String(place[name]));
  const path = place.alert === "" ? encodeURIComponent(place.day)
                                  : `${encodeURIComponent(place.day)}/${encodeURIComponent(place.alert)}`;
  const query = parameters.toString();
  return `#${path}${query === "" ? "" : `?${query}`}`;
}
