// Whom addresses are known as, by the labels that `process` was given: as what, and who says so.
import { element, words } from "./format.js";

const kBadges = 3;

// "mixer “Blender”, says OFAC sdn.xml".
export const labelInWords = (label) => `${words(label.category)}${label.label === "" ? "" : ` “${label.label}”`}, says ${label.source}`;

// The same of all labels of an address; nothing where it is not known.
export const knownInWords = (labels) => labels.map(labelInWords).join("; ");

// A badge for each label, those of the worst first; null where there are none.
export function badges(labels) {
  if (labels.length === 0) return null;
  const more = labels.length - kBadges;
  return element("span", { class: "knowns" }, ...labels.slice(0, kBadges).map((label) =>
    element("span", { class: label.is_bad ? "known bad" : "known", title: `${labelInWords(label)}, known since ${label.known_since.slice(0, 10)}` },
      words(label.category), element("span", { class: "source" }, `, says ${label.source}`))),
    more > 0 ? element("span", { class: "muted", title: knownInWords(labels.slice(kBadges)) }, `and ${more} more`) : "");
}

// What the server's answers have said of addresses.
export class Known {
  constructor() {
    this.labels = new Map();
  }

  // known: {address: [label, …]} of an answer; a day whose batch says nothing of anybody has none.
  learn(known) {
    for (const [address, labels] of Object.entries(known ?? {})) this.labels.set(address, labels);
    return this;
  }

  of(address) {
    return this.labels.get(address) ?? [];
  }

  badges(address) {
    return badges(this.of(address));
  }
}
