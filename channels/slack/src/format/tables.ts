import { fence } from "./code.ts";
import { escapeVerbatim } from "./escape.ts";
import type { SetAside } from "./set-aside.ts";

const row = /^[ \t]*\|.*\|[ \t]*$/;
const separatorCharacters = /^[\s:|-]+$/;

/** Slack's text has no tables: their rows are shown as code, as they are written. */
export function setTablesAside(text: string, aside: SetAside): string {
  const lines: string[] = [];
  let rows: string[] = [];
  const endTable = (): void => {
    if (rows.length > 0) lines.push(aside.keep(fence(`\n${escapeVerbatim(rows.join("\n"))}\n`)));
    rows = [];
  };
  for (const line of text.split("\n")) {
    if (rows.length > 0 && isSeparator(line)) continue;
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

/** The line below a table's heads: `|---|:--:|`. */
function isSeparator(line: string): boolean {
  return separatorCharacters.test(line) && line.includes("-") && row.test(line);
}
