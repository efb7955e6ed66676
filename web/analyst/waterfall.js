// From the model's base value to the alert's raw score, one step a feature, as a chart.
/* global Chart */
import { number, plain, short, signed } from "./format.js";
import { color } from "./theme.js";

const kStepHeight = 24;
const kTooltipWidth = 44;  // characters of a line

// The text in lines of at most so many characters, broken between words.
export function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) === "") lines[lines.length - 1] = word;
    else if (lines.at(-1).length + 1 + word.length <= width) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}

// Steps of an explanation: {label, value, from, to, kind}, all in log-odds; a feature's has {input, meaning} too. What the published contributions leave
// out stands in one step, so that the last bar ends at the raw score (null: not known).
export function stepsOf(explanation, rawScore, meanings = {}) {
  const base = explanation.base_value;
  const steps = [{ label: "base value", value: base, from: 0, to: base, kind: "total" }];
  let at = base;
  for (const name of explanation.top_features) {
    const contribution = explanation.feature_contributions[name];
    steps.push({ label: name, input: explanation.feature_values[name], meaning: meanings[name], value: contribution, from: at,
                 to: at + contribution, kind: contribution < 0 ? "lower" : "higher" });
    at += contribution;
  }
  const raw = rawScore ?? at;
  const rest = raw - at;
  if (Math.abs(rest) > 1e-9) {
    steps.push({ label: "all other features", value: rest, from: at, to: raw, kind: rest < 0 ? "lower" : "higher" });
  }
  steps.push({ label: "raw score", value: raw, from: 0, to: raw, kind: "total" });
  return steps;
}

function labelOf(step, room) {
  if (step.input === undefined) return step.label;
  const value = number(step.input);
  const left = Math.max(8, room - value.length - 3);
  return `${short(step.label, left - 1, 0)} = ${value}`;
}

// Writes each step's size beside its bar.
const sizes = {
  id: "sizes",
  afterDatasetsDraw(chart, _, { steps, color: ink }) {
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.font = "11px system-ui, sans-serif";
    ctx.fillStyle = ink;
    ctx.textBaseline = "middle";
    chart.getDatasetMeta(0).data.forEach((bar, i) => {
      const text = steps[i].kind === "total" ? plain(steps[i].value, 2) : signed(steps[i].value, 2);
      const right = Math.max(bar.x, bar.base) + 4;
      const fits = right + ctx.measureText(text).width <= chartArea.right + 30;
      ctx.textAlign = fits ? "left" : "right";
      ctx.fillText(text, fits ? right : Math.min(bar.x, bar.base) - 4, bar.y);
    });
    ctx.restore();
  },
};

// Draws onto the canvas and gives the chart, which the caller destroys.
export function drawWaterfall(canvas, steps) {
  canvas.parentElement.style.height = `${steps.length * kStepHeight + 34}px`;
  const room = canvas.parentElement.clientWidth < 420 ? 22 : 36;  // characters
  const colors = { higher: color("risk"), lower: color("calm"), total: color("muted") };
  const text = color("text");
  const line = color("line");
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: steps.map((step) => labelOf(step, room)),
      datasets: [{ data: steps.map((step) => [step.from, step.to]), backgroundColor: steps.map((step) => colors[step.kind]),
                   minBarLength: 2 }],
    },
    plugins: [sizes],
    options: {
      indexAxis: "y",
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { right: 32 } },
      datasets: { bar: { barPercentage: 1, categoryPercentage: 0.72, borderSkipped: false, borderRadius: 2 } },
      plugins: {
        legend: { display: false },
        sizes: { steps, color: color("muted") },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]) => steps[item.dataIndex].label,
            label: (item) => {
              const step = steps[item.dataIndex];
              const lines = [step.kind === "total" ? `${plain(step.value, 3)} log-odds` : `${signed(step.value, 3)} log-odds`];
              if (step.input !== undefined) lines.unshift(`value ${number(step.input)}`);
              if (step.meaning) lines.unshift(...wrapped(step.meaning, kTooltipWidth));
              return lines;
            },
          },
        },
      },
      scales: {
        x: { ticks: { color: color("muted"), callback: (value) => plain(value, Number.isInteger(value) ? 0 : 1) }, grid: { color: line }, border: { color: line },
             title: { display: true, text: "log-odds", color: color("muted"), padding: 0 } },
        y: { ticks: { color: text, autoSkip: false, font: { size: 11.5 } }, grid: { display: false }, border: { color: line } },
      },
    },
  });
}
