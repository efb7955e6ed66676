// The table of alerts: SlickGrid over row numbers, so that 50 thousand alerts cost what the visible ones cost.
/* global Slick */
import { count, element, plural, score, share, short, signed, usd, words } from "./format.js";

const kRowHeight = 30;
const kTouchRowHeight = 44;
const kScrollBar = 16;
const touch = matchMedia("(max-width: 760px)");

function severityCell(value) {
  if (!value) return "";
  return element("span", { class: `severity ${/^[a-z]+$/.test(value) ? value : ""}` }, value);
}

function addressCell(alerts, row) {
  const text = short(alerts.address(row) ?? "", 10, 8);
  return alerts.sanctioned(row) ? element("span", { class: "sanctioned", title: "On a sanctions list" }, text) : text;
}

function scoreCell(value) {
  if (value === null) return element("span", { class: "muted" }, "hidden");
  // Eleven classes instead of a style attribute, which would have to be made anew for every cell.
  return element("span", { class: `score s${Math.round(value * 10)}` }, score(value));
}

function decisionCell(alerts, row) {
  const decision = alerts.decision(row);
  return decision === "undecided" ? "" : element("span", { class: `decision ${decision}` }, words(decision));
}

function changeCell(alerts, row) {
  const change = alerts.change[row];
  const difference = alerts.difference(row);
  const text = difference === null ? change : signed(difference, 3);
  return element("span", { class: `change ${change}` }, text);
}

// How many alerts the group of a row has; opens and closes it.
function groupCell(alerts, row, table) {
  const size = table.groups?.sizes.get(row);
  if (size === undefined) return "";
  if (size === 1) return "1";
  const isOpen = table.groups.isOpen(row);
  return element("button", { type: "button", class: "link group", "aria-expanded": String(isOpen), "aria-label": `${plural(size, "alert")} of the group` }, `${isOpen ? "▾" : "▸"} ${count(size)}`);
}

// In the order of the table. Where there is no room for all, those with the highest `keep` go first. `least` is the
// width a column needs, in pixels.
const kColumns = [
  { id: "group", name: "Group", tip: "Alerts of the address or cluster; click to open", keep: 0, least: 74, most: 90, numeric: true, grouped: true, text: groupCell },
  { id: "rank", name: "Rank", tip: "From the ranking model, 1 first; it may order otherwise than the score", keep: 0, least: 58, most: 80, numeric: true, text: (a, row) => (a.rank[row] === null ? "" : count(a.rank[row])) },
  { id: "score", name: "Score", tip: "0 to 1, from the scoring model; click an alert to see why", keep: 0, least: 80, most: 100, descending: true, text: (a, row) => scoreCell(a.score[row]) },
  { id: "difference", name: "Change", tip: "Of the score since the compared day", keep: 1, least: 86, most: 100, descending: true, compared: true, text: changeCell },
  { id: "decision", name: "Decision", tip: "What was decided; no report is not clean", keep: 1, least: 92, most: 110, decided: true, text: decisionCell },
  { id: "severity", name: "Severity", tip: "As the producer of the alert says", keep: 2, least: 92, most: 110, descending: true, input: true, text: (a, row) => severityCell(a.severity(row)) },
  { id: "typology", name: "Typology", keep: 0, least: 120, input: true, text: (a, row) => words(a.typology(row) ?? "") },
  { id: "address", name: "Address", keep: 4, least: 162, mono: true, input: true, text: addressCell },
  { id: "volume", name: "Volume", tip: "US dollars moved in the alert", keep: 3, least: 96, most: 130, numeric: true, descending: true, input: true, text: (a, row) => usd(a.volume(row)) },
  { id: "confidence", name: "Confidence", tip: "0 to 1, of the producer in its alert", keep: 7, least: 96, most: 110, numeric: true, descending: true, input: true, text: (a, row) => share(a.confidence(row)) },
  { id: "cluster", name: "Cluster", tip: "The best scored one of the alert's", keep: 6, least: 140, clusters: true, text: (a, row) => words((a.cluster(row) ?? "").replace(/^cluster_/, "")) },
  { id: "id", name: "Alert", keep: 5, least: 130, mono: true, text: (a, row) => short(a.id[row], 8, 4) },
];

// The columns that the alerts have something for and that fit into the width.
function columnsFor(alerts, width, isGrouped) {
  const columns = kColumns.filter((column) => {
    if (column.grouped && !isGrouped) return false;
    if (column.compared && alerts.change === null) return false;
    if (column.decided && alerts.decisions === undefined) return false;
    if (column.input && alerts.inputs.alerts !== "read") return false;
    return !column.clusters || alerts.inputs.clusters === "read";
  });
  const needed = () => columns.reduce((sum, column) => sum + column.least, 0);
  while (needed() > width) {
    const last = columns.reduce((worst, column) => (column.keep > worst.keep ? column : worst), columns[0]);
    if (last.keep === 0) break;
    columns.splice(columns.indexOf(last), 1);
  }
  return columns;
}

export class Table {
  // handlers: {open(row), sort("-name,name"), toggle(row): the group of a row}
  constructor(frame, handlers) {
    this.frame = frame;
    this.handlers = handlers;
    this.alerts = null;
    this.rows = new Int32Array(0);
    this.sort = "";
    this.opened = -1;
    this.groups = null;
    this.columnNames = "";
    const data = {
      getLength: () => this.rows.length,
      getItem: (at) => ({ row: this.rows[at] }),
      getItemMetadata: (at) => {
        const row = this.rows[at];
        const classes = [row === this.opened ? "opened" : "", this.alerts?.isGone(row) ? "gone" : "", this.groups?.inside.has(row) ? "inside" : ""].filter((name) => name !== "");
        return classes.length > 0 ? { cssClasses: classes.join(" ") } : null;
      },
    };
    this.grid = new Slick.Grid(frame, data, [], {
      enableColumnReorder: false,
      enableHtmlRendering: false,  // text is text
      sanitizer: (text) => text,
      forceFitColumns: true,
      multiColumnSort: true,
      numberedMultiColumnSort: true,
      rowHeight: touch.matches ? kTouchRowHeight : kRowHeight,
      enableTextSelectionOnCells: true,
      minRowBuffer: 10,
      rowTopOffsetRenderType: "transform",
    });
    this.grid.onClick.subscribe((event, at) => {
      if (this.grid.getColumns()[at.cell]?.id === "group" && this.groups?.sizes.get(this.rows[at.row]) > 1) this.handlers.toggle(this.rows[at.row]);
      else this.openAt(at.row);
    });
    this.grid.onKeyDown.subscribe((event) => this.onKey(event));
    this.grid.onSort.subscribe((event, sort) => {
      handlers.sort(sort.sortCols.map(({ columnId, sortAsc }) => `${sortAsc ? "" : "-"}${columnId}`).join(","));
    });
    // Whose alert is open is seen by its colour: those who hear the table are told.
    this.grid.onRendered.subscribe(() => frame.querySelector(".slick-row.opened")?.setAttribute("aria-selected", "true"));
    for (const part of frame.querySelectorAll(".slick-pane, .slick-viewport")) part.removeAttribute("tabindex");  // stops without a use
    // What a grid may hold for those who hear it: rows, in groups.
    for (const part of frame.querySelectorAll(":scope > div[tabindex], .grid-canvas")) part.setAttribute("role", "rowgroup");
    frame.setAttribute("aria-label", "Alerts");
    // The grid would go from cell to cell with Tab, through every alert of the day, and let nobody out.
    frame.addEventListener("keydown", (event) => event.key === "Tab" && event.stopPropagation(), true);
    frame.addEventListener("keydown", (event) => {
      const header = event.target.closest(".slick-header-column");
      if (header === null || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      header.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: event.shiftKey }));
    });
    frame.addEventListener("focusin", (event) => {
      if (event.target.closest(".slick-header") !== null) return;
      if (this.grid.getActiveCell() === null && this.rows.length > 0) {
        this.grid.setActiveCell(this.grid.getViewport().top, 0);
      }
    });
    new ResizeObserver(() => this.resize()).observe(frame);
  }

  onKey(event) {
    const active = this.grid.getActiveCell();
    if (event.key !== "Enter" || active === null) return;
    event.preventDefault();
    event.stopImmediatePropagation?.();
    this.openAt(active.row);
  }

  openAt(at) {
    if (at >= 0 && at < this.rows.length) this.handlers.open(this.rows[at]);
  }

  show(alerts) {
    this.alerts = alerts;
    this.rows = new Int32Array(0);  // those of another day may not be there
    this.opened = -1;
    this.grid.invalidateAllRows();
    this.grid.updateRowCount();
    this.columnNames = "";
    this.resize();
  }

  setColumns(columns) {
    this.grid.setColumns(columns.map((column) => ({
      id: column.id,
      field: column.id,
      name: column.name,
      toolTip: column.tip ?? "",
      width: column.least,
      minWidth: Math.min(column.least, 58),
      maxWidth: column.most,
      sortable: !column.grouped,
      defaultSortAsc: !column.descending,
      cssClass: [column.numeric ? "numeric" : "", column.mono ? "mono" : ""].join(" ").trim(),
      headerCssClass: column.numeric ? "numeric" : "",
      formatter: (at, cell, value, definition, item) => column.text(this.alerts, item.row, this),
    })));
    this.showSort();
  }

  // groups: what Alerts.grouped gives with isOpen(row), where rows are grouped; keepsPlace: stays where it was scrolled to.
  showRows(rows, sort, groups = null, keepsPlace = false) {
    this.rows = rows;
    this.sort = sort;
    const isOther = (groups === null) !== (this.groups === null);
    this.groups = groups;
    if (isOther) this.resize();
    this.showSort();
    this.grid.resetActiveCell();
    this.grid.invalidateAllRows();
    this.grid.updateRowCount();
    if (!keepsPlace) this.grid.scrollRowToTop(0);
    this.grid.render();
    this.frame.setAttribute("aria-rowcount", String(rows.length));
  }

  // Where what stands in the rows has changed, and not which rows there are.
  repaint() {
    this.grid.invalidateAllRows();
    this.grid.render();
  }

  // Marks the row of the alert that is open, and scrolls to it.
  mark(row) {
    this.opened = row;
    this.grid.invalidateAllRows();
    this.grid.render();
    // Opening an alert narrows the table, and may make its filters higher: the next frame knows its size.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const at = this.position(this.opened);
      if (at >= 0) this.grid.scrollRowIntoView(at, false);
    }));
  }

  position(row) {
    return row < 0 ? -1 : this.rows.indexOf(row);
  }

  // The row before or after one in what is shown, or -1; after one that is not shown, or after none, comes the first.
  neighbour(row, step) {
    return this.rows[this.position(row) + step] ?? -1;
  }

  focus(row = -1) {
    const at = Math.max(this.position(row), 0);
    if (this.rows.length > 0) {
      this.grid.setActiveCell(at, 0);
      this.grid.focus();
    }
  }

  showSort() {
    const sorts = this.sort.split(",").filter((name) => name !== "").map((name) => ({ columnId: name.replace(/^-/, ""), sortAsc: !name.startsWith("-") }));
    this.grid.setSortColumns(sorts);
    for (const { id } of this.grid.getColumns()) {
      const header = this.grid.getHeaderColumn(id);
      header.tabIndex = 0;
      const sort = sorts.find((one) => one.columnId === id);
      if (sort !== undefined) header.setAttribute("aria-sort", sort.sortAsc ? "ascending" : "descending");
      else header.removeAttribute("aria-sort");
    }
  }

  resize() {
    const width = this.frame.clientWidth;
    if (width === 0 || this.alerts === null) return;
    const rowHeight = touch.matches ? kTouchRowHeight : kRowHeight;
    if (this.grid.getOptions().rowHeight !== rowHeight) this.grid.setOptions({ rowHeight });
    const columns = columnsFor(this.alerts, width - kScrollBar, this.groups !== null);
    const names = columns.map((column) => column.id).join();
    if (names !== this.columnNames) {
      this.columnNames = names;
      this.setColumns(columns);
    }
    this.grid.resizeCanvas();
    this.grid.autosizeColumns();
  }
}
