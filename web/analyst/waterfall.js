// From the model's base value to the alert's raw score, one step a feature, as a chart.
/* global Chart */
import { number, plain, short, signed } from "./format.js";
import { hasRest, restName } from "./reasons.js";
import { color } from "./theme.js";

const kStepHeight = 24;
const kNamedSteps = 10;
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

// Steps of reasons (reasons.js): {label, value, from, to, kind}, all in log-odds; a feature's has {input, meaning} too. The strongest are named; what the
// others of each family contribute stands in one step a family, so that the last bar ends at the raw score.
export function stepsOf(reasons) {
  const steps = [{ label: "base value", value: reasons.base, from: 0, to: reasons.base, kind: "total" }];
  let at = reasons.base;
  const add = (step) => {
    steps.push({ ...step, from: at, to: at + step.value, kind: step.value < 0 ? "lower" : "higher" });
    at += step.value;
  };
  const named = reasons.families.flatMap((family) => family.reasons).sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, kNamedSteps);
  for (const reason of named) {
    const { meaning, unit, range } = reason.feature ?? {};
    add({ label: reason.name, input: reason.value, meaning: [meaning, unit, range].filter((text) => text).join("; "), value: reason.contribution });
  }
  for (const family of reasons.families) {
    const rest = family.reasons.reduce((left, reason) => (named.includes(reason) ? left - reason.contribution : left), family.sum);
    if (hasRest({ rest })) add({ label: restName(family), value: rest });
  }
  steps.push({ label: "raw score", value: at, from: 0, to: at, kind: "total" });
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
