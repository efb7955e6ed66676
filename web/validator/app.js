// The validator's page: who ranks where, and why. Reads the API beside it and writes text only.

import { makeSortable } from './board.js';

const element = (id) => document.getElementById(id);

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? `status ${answer.status}`);
  return body;
}

const digits = (value, count = 3) => (value === null || value === undefined ? '–' : Number(value).toFixed(count));

const isFigure = (cell) => typeof cell === 'number' || (typeof cell === 'string' && /^(–|-?[0-9.]+(e[-+]?[0-9]+)?)$/.test(cell));

function row(cells, parent) {
  const line = parent.insertRow();
  for (const cell of cells) {
    const place = line.insertCell();
    if (cell instanceof Node) place.append(cell);
    else place.textContent = cell;
    if (isFigure(cell)) place.className = 'numeric';
  }
  return line;
}

function remark(miner) {
  if (miner.copy_of) return `copy of ${miner.copy_of}`;
  return miner.is_baseline ? `a model that anyone has: ${miner.public_model}` : '';
}

const states = {
  intended: 'wait to be sent', sending: 'were sent, and whether they arrived is not known yet', accepted: 'are on the chain',
  committed: 'are committed on the chain, encrypted', revealed: 'were committed and are revealed', refused: 'were refused by the chain',
};

// What became of the weights, in a sentence.
function sentence(latest) {
  const block = latest.block > 0 ? `, block ${latest.block}` : '';
  const reveal = latest.reveal_round ? `, drand round ${latest.reveal_round}` : '';
  return `The weights of ${latest.processing_date} ${states[latest.state] ?? latest.state}${block}${reveal}`
    + `${latest.message ? `: ${latest.message}` : ''}.`;
}

const arrange = makeSortable(element('board'), element('search'), element('count'));

// What the chain says of this validator, in sentences.
async function showChain() {
  const { chain } = await get('health');
  if (!chain) return;
  element('chain').textContent = [`Subnet ${chain.netuid} at block ${chain.block}: ${chain.uid === null ? 'not registered' : `UID ${chain.uid}`}, `
    + `${chain.validator_permit ? 'with' : 'without'} a validator permit, stake ${chain.stake}.`, ...chain.warnings.map((warning) => `${warning}.`)].join(' ');
}

async function showBoard() {
  const ranking = await get('miners/rankings');
  let weights = {};
  try {
    const latest = await get('weights/latest');
    weights = Object.fromEntries(latest.weights.map((entry) => [entry.hotkey, entry.weight]));
    element('weights').textContent = sentence(latest);
  } catch { /* none were set yet */ }
  element('day').textContent = ranking.processing_date;
  const body = element('board').tBodies[0];
  body.replaceChildren();
  for (const miner of ranking.miners) {
    const open = document.createElement('button');
    open.textContent = open.title = miner.hotkey;
    open.addEventListener('click', () => choose(miner.hotkey));
    const line = row([miner.rank, miner.uid, open, digits(miner.contribution, 5), digits(weights[miner.hotkey] ?? 0),
      digits(miner.quality), digits(miner.last_score), remark(miner)], body);
    line.dataset.hotkey = miner.hotkey;
  }
  arrange();
  element('round').textContent = ranking.miners.length === 0 ? '' : `The round of ${ranking.processing_date} is judged ${
    ranking.miners.some((miner) => miner.last_stage === 'truth') ? 'by its truth' : 'by its day; its truth is not known yet'}.`;
  if (ranking.miners.length === 0) element('state').textContent = 'No miner has been judged yet.';
  return ranking;
}

// Says of those who lost points, and of whom nothing else is said, what the first check that did not hold found.
async function showReasons(ranking) {
  const round = await get(`validation/${ranking.processing_date}`);
  const failures = new Map(round.miners.map((miner) => [miner.hotkey, miner.checks.find((check) => !check.passed)]));
  for (const line of element('board').tBodies[0].rows) {
    const failure = failures.get(line.dataset.hotkey);
    if (failure && line.lastChild.textContent === '') line.lastChild.textContent = failure.reason || failure.name;
  }
  arrange();
}

let chart = null;
let paidChart = null;

// What was paid for, day by day, with its interval of 95 %.
function drawContributions(history, color, grid) {
  const days = history.filter((day) => day.contribution);
  const line = (label, key, dash) => ({ label, data: days.map((day) => day.contribution[key]), borderDash: dash, tension: 0, pointRadius: dash.length ? 0 : 3 });
  paidChart = new window.Chart(element('contributions'), {
    type: 'line',
    data: {
      labels: days.map((day) => day.processing_date),
      datasets: [line('Contribution, points', 'points', []), line('Low', 'low', [2, 3]), line('High', 'high', [2, 3])],
    },
    options: {
      maintainAspectRatio: false, animation: false, color,
      scales: { y: { ticks: { color }, grid }, x: { ticks: { color }, grid } },
      plugins: { legend: { labels: { color } } },
    },
  });
}

function draw(history) {
  chart?.destroy();
  paidChart?.destroy();
  chart = paidChart = null;
  if (!window.Chart) return;
  const { color } = getComputedStyle(document.body);
  const grid = { color: color.replace('rgb(', 'rgba(').replace(')', ', 0.15)') };
  const line = (label, key, dash) => ({ label, data: history.map((day) => day[key]), borderDash: dash, tension: 0, spanGaps: true });
  chart = new window.Chart(element('history'), {
    type: 'line',
    data: {
      labels: history.map((day) => day.processing_date),
      datasets: [line('Final score', 'final_score', []), line('Quality', 'quality', [6, 4]), line('AUC-PR', 'auc_pr', [2, 3])],
    },
    options: {
      maintainAspectRatio: false, animation: false, color,
      scales: { y: { min: 0, max: 1, ticks: { color }, grid }, x: { ticks: { color }, grid } },
      plugins: { legend: { labels: { color } } },
    },
  });
  drawContributions(history, color, grid);
}

// What a day's answer added, in sentences.
function paidSentence(paid) {
  if (!paid) return 'No contribution: the truth is not known yet, or the answer did not count.';
  const percent = (value) => `${digits(100 * value, 1)} %`;
  const relatives = paid.relatives.map((one) => `${one.hotkey} (${digits(one.likeness, 2)})`).join(', ');
  return `Contribution ${digits(paid.points, 5)} points (${digits(paid.low, 5)} to ${digits(paid.high, 5)}), ${digits(paid.alone, 5)} without the others. `
    + `What anyone has explains ${percent(paid.explained)} of the answer. ${paid.truths} earlier truths give ${digits(paid.sigmas, 1)} standard errors `
    + `for the rest, of ${digits(paid.needed_sigmas, 1)} needed: trust ${digits(paid.trust, 2)}. The day's q earns ${digits(paid.reference_points, 4)} points, `
    + `with all who are trusted ${digits(paid.blended_points, 4)}.${relatives ? ` It shares with ${relatives}.` : ''}`
    + (paid.covariance === null ? '' : ` Covariance of ranks, a reference that changes no weight: ${digits(paid.covariance, 5)}.`);
}

// Counts what was asked for, so that an answer that comes late does not replace a newer one.
let asked = 0;

async function showVerdict(hotkey, date) {
  const own = ++asked;
  const verdict = await get(`validation/${date}/${hotkey}`);
  if (own !== asked) return;
  const truth = verdict.ground_truth;
  element('sum').textContent = `Final score ${digits(verdict.final_score)} = integrity ${digits(verdict.integrity)} + behavior `
    + `${digits(verdict.behavior)} + ground truth ${truth ? digits(truth.score) : 'not known yet'}`
    + (truth ? ` (AUC-ROC ${digits(truth.auc_roc)}, AUC-PR ${digits(truth.auc_pr)}, best F1 ${digits(truth.best_f1)})` : '')
    + (verdict.copy_of ? '; a copy earns nothing' : '') + (verdict.cap !== null ? `; at most ${digits(verdict.cap)}` : '');
  element('paid').textContent = paidSentence(verdict.contribution);
  const body = element('checks').tBodies[0];
  body.replaceChildren();
  for (const check of verdict.checks) {
    const line = row([check.name, check.passed ? 'yes' : 'no', Number(check.figure.toPrecision(4)), check.effect || '', check.reason],
      body);
    line.classList.toggle('failed', !check.passed);
  }
  element('proof').textContent = JSON.stringify(verdict.answers, null, 2);
}

async function showMiner(hotkey) {
  for (const line of element('board').tBodies[0].rows) line.classList.toggle('chosen', line.dataset.hotkey === hotkey);
  const own = ++asked;
  const { history, uid } = await get(`miners/${hotkey}/history`);
  if (own !== asked) return;
  element('miner').hidden = false;
  element('miner-title').textContent = `UID ${uid} ${hotkey}`;
  draw(history);
  const choice = element('date');
  choice.replaceChildren(...history.map((day) => new Option(day.processing_date)).reverse());
  choice.onchange = () => attempt(() => showVerdict(hotkey, choice.value));
  if (history.length > 0) await showVerdict(hotkey, choice.value);
}

async function attempt(work) {
  try {
    await work();
    element('state').textContent = '';
  } catch (error) {
    element('state').textContent = error.message;
  }
}

// Where the miner stands below the list, it is brought into view.
function choose(hotkey) {
  location.hash = hotkey;
  if (matchMedia('(max-width: 64rem)').matches) element('miner').scrollIntoView();
}

addEventListener('hashchange', () => attempt(() => showMiner(location.hash.slice(1))));
attempt(async () => {
  const ranking = await showBoard();
  const hotkey = location.hash.slice(1) || ranking.miners[0]?.hotkey;
  if (ranking.miners.length > 0) await Promise.all([showReasons(ranking), showChain()]);
  if (hotkey) await showMiner(hotkey);
});
