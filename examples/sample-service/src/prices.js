const TAX_PERCENT = { DE: 19, FR: 20, NL: 21 };
const FREE_SHIPPING_CENTS = 5000;
const SHIPPING_CENTS = 490;

/**
 * Tax on an amount in cents, rounded half up. Countries without a rate of their own pay none.
 *
 * @example taxCents(1000, 'DE') // => 190
 * @example taxCents(1000, 'US') // => 0
 */
export function taxCents(amountCents, country) {
  return Math.round((amountCents * (TAX_PERCENT[country] ?? 0)) / 100);
}

/**
 * Shipping in cents: free from 50.00 on.
 *
 * @example shippingCents(1250) // => 490
 * @example shippingCents(5000) // => 0
 */
export function shippingCents(amountCents) {
  return amountCents >= FREE_SHIPPING_CENTS ? 0 : SHIPPING_CENTS;
}

/**
 * Cents as a decimal text.
 *
 * @example formatCents(1905) // => '19.05'
 */
export function formatCents(cents) {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
