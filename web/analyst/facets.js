// How many alerts there are of each typology, severity, indicator, asset and so on among those that are shown; a click filters by it.
import { count, element, words } from "./format.js";
import { countFacets, holdsTerm, toggled } from "./query.js";

const kShown = 8;  // values of a facet, before all are asked for

export class Facets {
  // go(q): to another search
  constructor(place, go) {
    this.place = place;  // a <details>
    this.go = go;
    this.wanted = null;
    this.whole = new Set();  // facets of which all values are shown
    place.addEventListener("toggle", () => this.draw());
  }

  show(alerts, place) {
    this.wanted = { alerts, place };
    this.place.hidden = alerts.inputs.alerts !== "read";
    this.draw();
  }

  // Nobody waits for what nobody sees.
  draw() {
    if (!this.place.open || this.wanted === null) return;
    const { alerts, place } = this.wanted;
    const found = countFacets(alerts, alerts.tests(place), alerts.reach(place));
    this.place.querySelector(".body").replaceChildren(...found.filter(({ counts }) => counts.length > 0).map((one) => this.column(one, place)));
  }

  column({ facet, counts }, place) {
    const shown = this.whole.has(facet.key) ? counts : counts.slice(0, kShown);
    const more = counts.length - shown.length;
    return element("fieldset", { class: "facet" }, element("legend", {}, facet.name),
      ...shown.map(([value, n]) => {
        const box = element("input", { type: "checkbox", checked: holdsTerm(place.q, facet.key, value), onchange: () => this.go(toggled(place.q, facet.key, value)) });
        return element("label", {}, box, element("span", { class: "what" }, words(value)), element("span", { class: "muted" }, count(n)));
      }),
      more > 0 ? element("button", { type: "button", class: "link", onclick: () => {
        this.whole.add(facet.key);
        this.draw();
      } }, `${count(more)} more`) : "");
  }
}
