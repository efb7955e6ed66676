// The list of miners: sorted by any column, and searched.

const collator = new Intl.Collator('en', { numeric: true });

// What a cell is sorted by: its number where it is one, else its text; what is not known comes last.
function key(cell) {
  const text = cell.textContent;
  if (text === '–' || text === '') return null;
  return cell.classList.contains('numeric') ? Number(text) : text;
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(a, b));
}

// Makes a table's head sort its rows, and a field of text choose them. Returns what is to be called once the rows have changed.
export function makeSortable(table, search, count) {
  const heads = [...table.tHead.rows[0].cells];

  function arrange() {
    const at = heads.findIndex((head) => head.ariaSort);
    const sign = heads[at].ariaSort === 'ascending' ? 1 : -1;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((line) => ({ line, value: key(line.cells[at]), rank: Number(line.cells[0].textContent) }));
    rows.sort((a, b) => compare(a.value, b.value, sign) || a.rank - b.rank);
    body.append(...rows.map((one) => one.line));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { line } of rows) {
      const text = [...line.cells].map((cell) => cell.textContent.toLowerCase());
      // A number is a UID as a whole; a word stands anywhere in hotkey and remark.
      line.hidden = !words.every((word) => text[1] === word || (!/^[0-9]+$/.test(word) && (text[2].includes(word) || text[7].includes(word))));
      shown += !line.hidden;
    }
    count.textContent = words.length > 0 ? `${shown} of ${rows.length}` : '';
  }

  for (const head of heads) {
    head.querySelector('button').addEventListener('click', () => {
      // Figures are first looked at from the highest on; ranks, numbers and texts from the first.
      const falling = head.classList.contains('numeric') && heads.indexOf(head) > 1;
      const next = { ascending: 'descending', descending: 'ascending' }[head.ariaSort] ?? (falling ? 'descending' : 'ascending');
      for (const other of heads) other.removeAttribute('aria-sort');
      head.ariaSort = next;
      arrange();
    });
  }
  search.addEventListener('input', arrange);
  return arrange;
}
