// The days that the server has, in the page's head: which is shown, which it is compared with, the one before and the next.
import { element } from "./format.js";

const $ = (id) => document.getElementById(id);

export class Days {
  // page: {place(): where it is, go(changes): to another place}
  constructor(page) {
    this.list = [];  // newest first
    this.page = page;
    $("day").addEventListener("change", () => this.show($("day").value));
    $("older").addEventListener("click", () => this.step(1));
    $("newer").addEventListener("click", () => this.step(-1));
  }

  // Shows the choices of the page's place.
  fill() {
    const { list } = this;
    const place = this.page.place();
    const all = list.includes(place.day) || place.day === "" || place.day === "latest" ? list : [place.day, ...list];
    $("day").replaceChildren(...all.map((day) => element("option", { value: day }, day)));
    $("day").value = place.day === "" ? (list[0] ?? "") : place.day;
    const at = list.indexOf(place.day);
    $("older").disabled = at < 0 || at + 1 >= list.length;
    $("newer").disabled = at <= 0;
    const others = list.filter((day) => day !== place.day);
    $("compare").replaceChildren(element("option", { value: "" }, "no other day"), ...others.map((day) => element("option", { value: day }, day)));
    $("compare").value = others.includes(place.compare) ? place.compare : "";
    $("compare").disabled = others.length === 0;
  }

  // What the server has by now.
  learn(list) {
    if (String(list) === String(this.list)) return;
    this.list = list;
    this.fill();
  }

  // To an older day (1) or a newer one (-1).
  step(step) {
    const at = this.list.indexOf(this.page.place().day);
    const day = this.list[at + step];
    if (at >= 0 && day !== undefined) this.show(day);
  }

  // A day that is compared stays compared with the one before it.
  show(day) {
    this.page.go({ day, alert: "", compare: this.page.place().compare === "" ? "" : (this.list[this.list.indexOf(day) + 1] ?? "") });
  }
}
