import { splitText } from "@mio/markdown";
import type { RichTableBlock } from "@mio/proto";
import { limits } from "./block.ts";
import { escapeVerbatim } from "./escape.ts";

const gap = "  ";
/** Wider columns are not aligned: one long cell would make every row as long. */
const maxColumnChars = 60;
/** The fences and the line breaks after and before them. */
const fenceChars = 8;

/** A table as aligned code, in as many texts as needed. Each begins with the headers. */
export function tableTexts({ headers, rows }: RichTableBlock): readonly string[] {
  if (headers.length === 0) return [];
  const cells = [headers, ...rows.map((row) => headers.map((_, column) => row.cells[column] ?? ""))];
  const shown = cells.map((row) => row.map(oneLine));
  const widths = headers.map((_, column) => widest(shown.map((row) => row[column] ?? "")));
  const [head = "", ...lines] = shown.map((row) => escapeVerbatim(toLine(row, widths)));
  const rule = widths.map((width) => "-".repeat(width)).join(gap);
  return pages(`${head}\n${rule}`, lines).map((page) => `\`\`\`\n${page}\n\`\`\``);
}

/** Fills pages line by line; a line longer than a page is cut. */
function pages(head: string, lines: readonly string[]): readonly string[] {
  const room = limits.sectionChars - fenceChars;
  const full: string[] = [];
  let page = head;
  for (const line of lines) {
    if (page.length + 1 + line.length > room && page !== head) {
      full.push(page);
      page = head;
    }
    page = `${page}\n${line}`;
  }
  return [...full, page].flatMap((text) => splitText(text, room, { keepTogether: /&(?:amp|lt|gt);/g }));
}

function toLine(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
    .join(gap)
    .trimEnd();
}

/** A line break would break the columns, and a fence would end the code. */
function oneLine(cell: string): string {
  return cell.replace(/\s+/g, " ").replaceAll("```", "'''").trim();
}

function widest(cells: readonly string[]): number {
  const width = cells.reduce((most, cell) => Math.max(most, widthOf(cell)), 0);
  return Math.min(width, maxColumnChars);
}

function widthOf(cell: string): number {
  return [...cell].length;
}
