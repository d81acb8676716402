const row = /^[ \t]*\|.*\|[ \t]*$/;
const separatorCharacters = /^[\s:|-]+$/;

/** Whether a line is a row of a table, also of one that GFM does not take for a table. */
export function isRow(line: string): boolean {
  return row.test(line);
}

/** The rows without the line below the heads, which says nothing. */
export function tableLines(lines: readonly string[]): string {
  return lines.filter((line, at) => at === 0 || !isSeparator(line)).join("\n");
}

/** `|---|:--:|`. */
function isSeparator(line: string): boolean {
  return separatorCharacters.test(line) && line.includes("-") && isRow(line);
}
