import type { BlockContent, PhrasingContent, Table } from "mdast";
import { field, list, word } from "./fields.ts";
import { readRichText } from "./rich-text.ts";
import { onOneLine, text } from "./tree.ts";

/** Rows of cells; the first row is the head. Types that Mio cannot read are added to `unread`. */
export function readTable(block: unknown, unread: Set<string>): readonly BlockContent[] {
  const rows = list(block, "rows").filter(Array.isArray);
  if (rows.length === 0) return [];
  const table: Table = {
    type: "table",
    align: list(block, "column_settings").map(alignOf),
    children: rows.map((cells: readonly unknown[]) => ({
      type: "tableRow",
      children: cells.map((cell) => ({ type: "tableCell", children: cellOf(cell, unread) })),
    })),
  };
  return [table];
}

function alignOf(setting: unknown): "left" | "center" | "right" | null {
  const align = word(setting, "align");
  return align === "left" || align === "center" || align === "right" ? align : null;
}

function cellOf(cell: unknown, unread: Set<string>): PhrasingContent[] {
  switch (word(cell, "type")) {
    case "rich_text":
      return onOneLine(readRichText(cell, unread));
    case "raw_text":
      return [text(word(cell, "text"))];
    case "raw_number":
      return [text(word(cell, "text") || numberOf(field(cell, "value") ?? field(cell, "number")))];
    default:
      unread.add(`table.${word(cell, "type") || "?"}`);
      return [text(word(cell, "text"))];
  }
}

function numberOf(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}
