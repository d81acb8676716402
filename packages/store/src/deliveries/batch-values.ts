/**
 * SQL condition on a number column that is always true. Postgres expects one row in two hundred to meet it, so it looks
 * rows up by index. Otherwise it keeps a plan that scans a table, because that was small at the first statements.
 */
export function fewRowsSql(column: string): string {
  return `${column} % 1 = 0`;
}

/**
 * SQL expression: when the command that `row` names was stored; NULL if it is not on record. It probes all partitions.
 * With the time, later steps of the statement probe one: only the rotation changes it, and no statement runs meanwhile.
 */
export function storedAtSql(row: string): string {
  return `(
    SELECT d.stored_at FROM deliveries d
    WHERE d.account_id = ${row}.account_id AND d.command_id = ${row}.command_id LIMIT 1)`;
}

/** Lists of different lengths as one array, because Postgres arrays are rectangular. */
export interface Slices {
  readonly values: readonly string[];
  /** The bounds of each list, for `values[from:to]` in SQL; an empty list has `to` before `from`. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export function toSlices(lists: readonly (readonly string[])[]): Slices {
  const to: number[] = [];
  for (const list of lists) to.push((to.at(-1) ?? 0) + list.length);
  return { values: lists.flat(), from: lists.map((_, at) => (to[at - 1] ?? 0) + 1), to };
}
