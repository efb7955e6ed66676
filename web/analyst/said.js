// What is said of a day and of the rows that are shown.
import { count, plural } from "./format.js";

// How many rows of which day.
export function counted(alerts, rows) {
  const gone = rows.reduce((n, row) => n + alerts.isGone(row), 0);
  const here = rows.length - gone;
  const parts = [];
  if (here > 0 || gone === 0) parts.push(here === alerts.size ? plural(here, "alert") : `${count(here)} of ${plural(alerts.size, "alert")}`);
  if (gone > 0) parts.push(`${count(gone)} of ${plural(alerts.older.size, "alert")} of ${alerts.older.day} gone since, with that day's rank and score`);
  return parts.join("; ");
}

// What an analyst should know of the day. uncompared: why it is not compared with another; renewed: the day that was processed again.
export function notesOf(alerts, uncompared, renewed) {
  const { inputs } = alerts;
  const parts = uncompared === "" ? [] : [uncompared];
  if (renewed !== "") parts.push(`${renewed === alerts.day ? "The day" : renewed} was processed again: this is the new batch.`);
  if (inputs.alerts === "absent") parts.push("The server has no input of this day: addresses, typologies and severities are not shown.");
  if (inputs.alerts === "unreadable") parts.push("The input's alerts.parquet cannot be read: addresses, typologies and severities are not shown.");
  if (inputs.same_snapshot === false) parts.push("The input has changed since this batch was processed: what stands beside the scores may be newer than they are.");
  if (alerts.older && alerts.older.inputs.alerts !== alerts.inputs.alerts) parts.push("Of the two days compared only one has its input, so alerts cannot be recognized.");
  return parts;
}
