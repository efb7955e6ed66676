// Keys of the whole page, where nothing is being written.

// handlers: {escape(): whether something was closed, act(key): what a key does, or nothing}
export function startKeys(handlers) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && handlers.escape()) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const act = handlers.act(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
}
