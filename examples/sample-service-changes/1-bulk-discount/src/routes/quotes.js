import { discountedCents, discountPercent } from '../discounts.js';
import { formatCents, shippingCents, taxCents } from '../prices.js';

/** Cents from a query text, or null when it is no whole number of 0 or more. */
function readCents(text) {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function answerQuote({ query }) {
  const amount = readCents(query.get('amount'));
  if (amount === null) return { status: 400, body: { error: 'amount must be a whole number of cents' } };
  const shipping = shippingCents(amount);
  const tax = taxCents(amount + shipping, query.get('country') ?? 'DE');
  return {
    status: 200,
    body: {
      amount: formatCents(amount),
      shipping: formatCents(shipping),
      tax: formatCents(tax),
      total: formatCents(amount + shipping + tax),
    },
  };
}

function answerDiscount({ query }) {
  const price = readCents(query.get('price'));
  const quantity = readCents(query.get('quantity'));
  if (price === null || quantity === null)
    return { status: 400, body: { error: 'price and quantity must be whole numbers' } };
  return {
    status: 200,
    body: { percent: discountPercent(quantity), total: formatCents(discountedCents(price, quantity)) },
  };
}

export const quoteRoutes = {
  'GET /quote': answerQuote,
  'GET /discount': answerDiscount,
};
