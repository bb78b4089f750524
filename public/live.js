// Keeps a page current and lets it be used by single keys. Every page is whole without this file.
const run = document.getElementById('run');
const note = document.getElementById('live-note');
const INBOX_EVERY_MS = 10_000;

if (run?.dataset.liveRun !== undefined && 'EventSource' in window) followRun();
else if (document.getElementById('live-inbox')) setInterval(refresh, INBOX_EVERY_MS);

// Each new entry of the run refreshes the parts marked data-live.
function followRun() {
  const source = new EventSource(`/v1/runs/${run.dataset.run}/events?after=${run.dataset.after}`);
  let pending = 0;
  const onEntry = (event) => {
    note.textContent = `New on the record: ${event.type}`;
    clearTimeout(pending);
    pending = setTimeout(refresh, 250);
    if (event.type !== 'run.finished') return;
    source.close();
    // The list of runs learns the outcome just after the record does.
    setTimeout(refresh, 2000);
  };
  for (const name of run.dataset.events.split(' ')) source.addEventListener(name, onEntry);
}

async function refresh() {
  // Nobody looks: the next look is early enough.
  if (document.hidden && !run) return;
  // A refused form is shown at an address of its own.
  const address = run ? `/runs/${run.dataset.run}` : location.pathname + location.search;
  const response = await fetch(address, { headers: { Accept: 'text/html' }, redirect: 'manual' }).catch(() => null);
  if (run && response?.type === 'opaqueredirect')
    note.textContent = 'Your session is over. What you write is kept: send it, and sign in.';
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id);
    if (next && part.id && !isInUse(part)) swap(part, next);
  }
}

// A form that somebody is filling in is left alone; the server refuses it if the question has changed.
function isInUse(part) {
  const fields = [...part.querySelectorAll('textarea, input[type=text]')];
  return fields.some((field) => field === document.activeElement || field.value !== field.defaultValue);
}

// Folds stay open, and who went there by keyboard stays there.
function swap(part, next) {
  const open = new Set([...part.querySelectorAll('details[open][id]')].map((fold) => fold.id));
  const inside = part.contains(document.activeElement);
  const fold = inside ? document.activeElement.closest('details[id]')?.id : undefined;
  const link = inside ? document.activeElement.getAttribute('href') : null;
  part.replaceWith(next);
  for (const kept of next.querySelectorAll('details[id]')) {
    if (open.has(kept.id)) kept.open = true;
    if (kept.id === fold && link === null) kept.querySelector('summary').focus();
  }
  if (link !== null) [...next.querySelectorAll('a')].find((a) => a.getAttribute('href') === link)?.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => document.activeElement?.matches('.question-link, .cell-change a') && document.activeElement.click(),
  d: () => document.querySelector('#decide textarea')?.focus(),
  i: () => location.assign('/'),
};

// From question to question on the inbox, from section to section on a run.
function step(by) {
  const stops = [
    ...document.querySelectorAll(run ? 'main section[aria-labelledby]' : '.question-link, .cell-change a'),
  ];
  const seen = stops.filter((stop) => stop.getClientRects().length > 0);
  const at = seen.findIndex((stop) => stop === document.activeElement || stop.contains(document.activeElement));
  const next = seen[Math.min(seen.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : seen.length - 1) : at + by))];
  if (!next) return;
  if (run) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
const keys = document.getElementById('keys');
if (keys) keys.hidden = false;
