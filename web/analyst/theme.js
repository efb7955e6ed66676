/* global Chart */
// Light, dark, or as the system says; and the colours that canvases need to be told.

const kKey = "aml-theme";
const kNames = ["auto", "light", "dark"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

function stored() {
  try {
    const name = localStorage.getItem(kKey);
    return kNames.includes(name) ? name : "auto";
  } catch {
    return "auto";  // storage is switched off
  }
}

let chosen = stored();

function apply() {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  for (const listener of listeners) listener();
}

export function startTheme(button) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const label = () => {
    button.textContent = { auto: "Auto", light: "Light", dark: "Dark" }[chosen];
    button.title = `Colours: ${chosen}`;
    button.setAttribute("aria-label", `${button.textContent} colours`);
  };
  button.addEventListener("click", () => {
    chosen = kNames[(kNames.indexOf(chosen) + 1) % kNames.length];
    try {
      localStorage.setItem(kKey, chosen);
    } catch {
      // It holds for this page then.
    }
    label();
    apply();
  });
  dark.addEventListener("change", apply);
  label();
  apply();
}

export const onTheme = (listener) => listeners.push(listener);

// The value of a custom property of style.css: color("risk").
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
