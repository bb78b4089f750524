// Follows a run: each new entry refreshes the parts marked data-live. The page is whole without this file.
const run = document.getElementById('run');
const note = document.getElementById('live-note');

if (run && 'EventSource' in window) {
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
  const response = await fetch(location.pathname, { headers: { Accept: 'text/html' }, redirect: 'manual' });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id);
    if (next && !isInUse(part)) swap(part, next);
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
  const focused = part.contains(document.activeElement) ? document.activeElement.closest('details[id]')?.id : undefined;
  part.replaceWith(next);
  for (const fold of next.querySelectorAll('details[id]')) {
    if (open.has(fold.id)) fold.open = true;
    if (fold.id === focused) fold.querySelector('summary').focus();
  }
}
