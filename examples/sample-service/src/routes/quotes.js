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

export const quoteRoutes = {
  'GET /quote': answerQuote,
};
