// How many of the matching alerts have which score; dragging over it chooses a range.
/* global Chart */
import { count } from "./format.js";
import { color, onTheme } from "./theme.js";

const kBins = 50;
const kDwarfs = 25;

export class Histogram {
  // choose(min, max): a range was dragged; null and null for all.
  constructor(canvas, caption, choose) {
    this.canvas = canvas;
    this.caption = caption;
    this.choose = choose;
    this.range = [null, null];
    this.counts = new Array(kBins).fill(0);
    this.drag = null;
    this.chart = new Chart(canvas, {
      type: "bar",
      data: { labels: this.counts.map((_, bin) => (bin / kBins).toFixed(2)), datasets: [{ data: this.counts }] },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        layout: { padding: { top: 4 } },
        datasets: { bar: { barPercentage: 1, categoryPercentage: 0.92, minBarLength: 2 } },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => `score ${(item.dataIndex / kBins).toFixed(2)} to ${((item.dataIndex + 1) / kBins).toFixed(2)}`,
              label: (item) => `${count(this.counts[item.dataIndex])} alerts`,
            },
          },
        },
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, callback: (_, at) => (at % 10 === 0 ? (at / kBins).toFixed(1) : null), autoSkip: false } },
          y: { type: "logarithmic", min: 0.5, grid: { drawTicks: false },
               ticks: { callback: (value) => this.tick(value), padding: 6, maxTicksLimit: 5 } },
        },
      },
    });
    this.listen();
    onTheme(() => this.paint());
  }

  listen() {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = [this.bin(event), this.bin(event)];
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.drag === null) return;
      this.drag[1] = this.bin(event);
      this.paint();
    });
    this.canvas.addEventListener("pointerup", () => {
      if (this.drag === null) return;
      const [from, to] = [Math.min(...this.drag), Math.max(...this.drag)];
      this.drag = null;
      this.choose(from === 0 ? null : from / kBins, to === kBins - 1 ? null : (to + 1) / kBins);
    });
    this.canvas.addEventListener("pointercancel", () => {
      this.drag = null;
      this.paint();
    });
    this.canvas.addEventListener("dblclick", () => this.choose(null, null));
  }

  tick(value) {
    const isLabelled = this.chart?.options.scales.y.type === "linear" ? Number.isInteger(value) : Number.isInteger(Math.log10(value));
    return isLabelled ? count(value) : null;
  }

  bin(event) {
    const area = this.chart.chartArea;
    const x = event.clientX - this.canvas.getBoundingClientRect().left - area.left;
    return Math.min(kBins - 1, Math.max(0, Math.floor((x / area.width) * kBins)));
  }

  show(alerts, rows, min, max) {
    this.counts = new Array(kBins).fill(0);
    for (const row of rows) if (alerts.score[row] !== null) ++this.counts[Math.min(kBins - 1, Math.floor(alerts.score[row] * kBins))];
    this.range = [min, max];
    // One bin that dwarfs the others would leave a linear axis empty.
    const filled = this.counts.filter((n) => n > 0).sort((a, b) => a - b);
    const logarithmic = (filled.at(-1) ?? 0) > kDwarfs * (filled[filled.length >> 1] ?? 1);
    const { y } = this.chart.options.scales;
    y.type = logarithmic ? "logarithmic" : "linear";
    y.min = logarithmic ? 0.5 : 0;
    this.caption.textContent = logarithmic ? "Alerts by score (logarithmic). " : "Alerts by score. ";
    this.canvas.setAttribute("aria-label", `Histogram of the scores of ${count(rows.length)} alerts`);
    this.paint();
  }

  paint() {
    const [from, to] = this.drag === null
      ? [(this.range[0] ?? 0) * kBins - 1e-6, (this.range[1] ?? 1) * kBins - 1 + 1e-6]
      : [Math.min(...this.drag), Math.max(...this.drag)];
    const inside = color("accent");
    const outside = color("faint");
    const dataset = this.chart.data.datasets[0];
    dataset.data = this.counts.map((n) => (n === 0 ? null : n));
    dataset.backgroundColor = this.counts.map((_, bin) => (bin >= from - 1e-6 && bin <= to + 1e-6 ? inside : outside));
    const { x, y } = this.chart.options.scales;
    x.ticks.color = y.ticks.color = color("muted");
    y.grid.color = color("line");
    x.border = y.border = { color: color("line") };
    this.chart.update("none");
  }
}
