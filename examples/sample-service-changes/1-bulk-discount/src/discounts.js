const STEPS = [
  { from: 100, percent: 15 },
  { from: 25, percent: 10 },
  { from: 10, percent: 5 },
];

/**
 * Discount in percent for buying many of one item.
 *
 * @example discountPercent(9) // => 0
 * @example discountPercent(10) // => 5
 * @example discountPercent(100) // => 15
 */
export function discountPercent(quantity) {
  return STEPS.find((step) => quantity >= step.from)?.percent ?? 0;
}

/**
 * What `quantity` items cost in cents after the discount, rounded down in favour of the customer.
 *
 * @example discountedCents(199, 1) // => 199
 * @example discountedCents(199, 10) // => 1890
 */
export function discountedCents(priceCents, quantity) {
  return Math.floor((priceCents * quantity * (100 - discountPercent(quantity))) / 100);
}
