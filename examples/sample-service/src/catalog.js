const NAMES = ['rope', 'lantern', 'compass', 'anchor', 'flag', 'chart', 'barrel', 'hammock', 'kettle', 'net'];
const CATEGORIES = ['deck', 'galley', 'navigation'];
const COUNT = 600;
const PAGE_SIZE = 20;

function makeItem(id) {
  const name = `${NAMES[id % NAMES.length]} no. ${id}`;
  return { id, name, price_cents: 300 + ((id * 7919) % 9700), category: CATEGORIES[id % CATEGORIES.length] };
}

const items = new Map(Array.from({ length: COUNT }, (_, index) => [index + 1, makeItem(index + 1)]));

/** One item, or undefined. */
export function findItem(id) {
  return items.get(id);
}

/** A page of items, 1 is the first. */
export function listItems(page) {
  const from = (page - 1) * PAGE_SIZE;
  return [...items.values()].slice(from, from + PAGE_SIZE);
}
