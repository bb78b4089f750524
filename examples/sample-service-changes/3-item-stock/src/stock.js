const FEW = 5;

/**
 * What customers are told about the number in stock.
 *
 * @example availability(0) // => 'sold out'
 * @example availability(5) // => 'only 5 left'
 * @example availability(6) // => 'in stock'
 */
export function availability(stock) {
  if (stock === 0) return 'sold out';
  return stock <= FEW ? `only ${stock} left` : 'in stock';
}
