import { fence } from "./code.ts";
import { escapeVerbatim } from "./escape.ts";
import type { SetAside } from "./set-aside.ts";

const row = /^[ \t]*\|.*\|[ \t]*$/;
const separator = /^[ \t]*\|[\s:|-]*-[\s:|-]*\|[ \t]*$/;

/** Slack's text has no tables: their rows are shown as code, as they are written. */
export function setTablesAside(text: string, aside: SetAside): string {
  const lines: string[] = [];
  let rows: string[] = [];
  const endTable = (): void => {
    if (rows.length > 0) lines.push(aside.keep(fence(`\n${escapeVerbatim(rows.join("\n"))}\n`)));
    rows = [];
  };
  for (const line of text.split("\n")) {
    if (separator.test(line) && rows.length > 0) continue;
    if (row.test(line)) {
      rows.push(line);
      continue;
    }
    endTable();
    lines.push(line);
  }
  endTable();
  return lines.join("\n");
}
