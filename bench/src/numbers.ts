/** The value below which `share` (0 to 1) of the values lie; 0 without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return round(sorted[Math.max(0, index)] ?? 0, 1);
}

/** The middle value, the higher one of an even number; 0 without values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : round(part / whole);
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
