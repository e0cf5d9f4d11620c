/** The few statistics that judging needs, each as numpy computes it by default. */

/** @param {number[]} values at least one */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {number[]} values at least one */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * With linear interpolation between neighbours.
 * @param {number[]} values at least one
 * @param {number} share 0..1
 */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/**
 * Standard deviation of a sample.
 * @param {number[]} values at least two
 */
export function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/**
 * To a whole number, halves to the even one.
 * @param {number} value
 */
export function roundEven(value) {
  const whole = Math.round(value);
  return Math.abs(value % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/**
 * To so many decimal places.
 * @param {number} value
 * @param {number} places
 */
export function rounded(value, places) {
  return Number(value.toFixed(places));
}
