const row = /^[ \t]*\|.*\|[ \t]*$/;
const separatorCharacters = /^[\s:|-]+$/;

/** Whether a line is a table row, also of a table that GFM does not recognise. */
export function isRow(line: string): boolean {
  return row.test(line);
}

/** The rows without the separator line below the heads. */
export function tableLines(lines: readonly string[]): string {
  return lines.filter((line, at) => at === 0 || !isSeparator(line)).join("\n");
}

/** `|---|:--:|`. */
function isSeparator(line: string): boolean {
  return separatorCharacters.test(line) && line.includes("-") && isRow(line);
}
