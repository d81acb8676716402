import type { RichTableBlock } from "@mio/proto";
import { cutMark } from "./clamp.ts";
import { maxTableColumns } from "./limits.ts";

export interface TableData {
  readonly headers: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** The API reads one of the two names; its documentation has both. */
  readonly style: TableStyle;
  readonly styles: TableStyle;
}

interface TableStyle {
  readonly width: readonly number[];
  readonly text_align: readonly "left"[];
}

/** A table for Cliq's API; undefined if it is empty. Cells are plain text. */
export function tableData({ headers, rows }: RichTableBlock): TableData | undefined {
  if (headers.length === 0 || rows.length === 0) return undefined;
  const columns = distinct(fitting(headers));
  const style: TableStyle = { width: columnWidths(columns), text_align: columns.map(() => "left") };
  return {
    headers: columns,
    rows: rows.map(({ cells }) => Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? ""]))),
    style,
    styles: style,
  };
}

/** Whole percents that add up to 100. */
export function columnWidths(headers: readonly string[]): readonly number[] {
  const [first = ""] = headers;
  switch (headers.length) {
    case 1:
      return [100];
    case 2:
      return /^who/i.test(first.trim()) ? [28, 72] : [50, 50];
    case 3:
      return [18, 64, 18];
    case 4:
      return [14, 62, 10, 14];
    default: {
      const each = Math.floor(100 / headers.length);
      return headers.map((_, at) => (at < headers.length - 1 ? each : 100 - each * (headers.length - 1)));
    }
  }
}

function fitting(headers: readonly string[]): readonly string[] {
  if (headers.length <= maxTableColumns) return headers;
  return [...headers.slice(0, maxTableColumns - 1), cutMark];
}

/** A row's cells are keyed by header, so two columns with one name would become one. */
function distinct(headers: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return headers.map((header) => {
    let name = header;
    for (let copy = 2; taken.has(name); copy += 1) name = `${header} (${copy})`;
    taken.add(name);
    return name;
  });
}
