import { findItem, listItems } from '../catalog.js';
import { formatCents } from '../prices.js';
import { rememberItem } from '../recent-items.js';

/** An item as customers see it. */
export function renderItem(item) {
  return { id: item.id, name: item.name, category: item.category, price: formatCents(item.price_cents) };
}

function answerItem({ params }) {
  const item = findItem(Number(params[0]));
  if (!item) return { status: 404, body: { error: `no item ${params[0]}` } };
  return { status: 200, body: rememberItem(item.id, () => renderItem(item)) };
}

function answerItems({ query }) {
  const page = Number(query.get('page') ?? 1);
  if (!Number.isInteger(page) || page < 1) return { status: 400, body: { error: 'page must be 1 or more' } };
  return { status: 200, body: { page, items: listItems(page).map(renderItem) } };
}

export const itemRoutes = {
  'GET /items': answerItems,
  'GET /items/:id': answerItem,
};
