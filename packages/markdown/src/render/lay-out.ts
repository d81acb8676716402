import type { Blockquote, List, ListItem, Root, RootContent, Table } from "mdast";
import type { Dialect } from "./dialect.ts";
import type { Item } from "./items.ts";
import { createPhraseLayout, type LayOutPhrases } from "./lay-out-phrases.ts";
import { type Definitions, definitionsOf, endOf, startOf } from "./nodes.ts";
import { lineMarksOf, Sheet } from "./sheet.ts";
import { isRow, tableLines } from "./table-rows.ts";

/** A tree, its source text, and the target platform. */
export interface Reading {
  readonly source: string;
  readonly root: Root;
  readonly dialect: Dialect;
}

/**
 * Lays a tree out as lines of items. Nodes without a form on the platform (lists, rules, blank lines) are shown as
 * source: the text between blocks is copied.
 */
export function layOut({ source, root, dialect }: Reading): readonly Item[] {
  const sheet = new Sheet(source, dialect);
  const definitions = definitionsOf(root);
  const blocks = new BlockLayout(sheet, definitions, createPhraseLayout(sheet, definitions));
  blocks.blocks(root.children);
  blocks.copyUpTo(source.length);
  return sheet.items;
}

class BlockLayout {
  readonly #sheet: Sheet;
  readonly #definitions: Definitions;
  readonly #phrases: LayOutPhrases;
  /** The length of the source that has been laid out. */
  #cursor = 0;

  constructor(sheet: Sheet, definitions: Definitions, phrases: LayOutPhrases) {
    this.#sheet = sheet;
    this.#definitions = definitions;
    this.#phrases = phrases;
  }

  blocks(nodes: readonly RootContent[]): void {
    for (const node of nodes) {
      this.copyUpTo(startOf(node));
      this.#block(node);
      this.#cursor = Math.max(this.#cursor, this.#shownUpTo(node));
    }
  }

  /** Blank space at the end of a paragraph is shown. A definition takes the space that separates it along. */
  #shownUpTo(node: RootContent): number {
    const end = endOf(node);
    if (node.type === "paragraph") return endOf(node.children.at(-1) ?? node);
    if (node.type !== "definition" || !this.#definitions.isUsed(node)) return end;
    const rest = this.#sheet.source.slice(end);
    return end + rest.length - rest.trimStart().length;
  }

  /** Copies the source between two blocks. */
  copyUpTo(end: number): void {
    if (end > this.#cursor) {
      const between = this.#sheet.source.slice(this.#cursor, end).split("\n");
      this.#sheet.lineStart(between.map((line) => this.#quoted(line)).join("\n"));
    }
    this.#cursor = Math.max(this.#cursor, end);
  }

  #quoted(line: string): string {
    return line.replace(/(?:> ?)+/, (found) => this.#sheet.quoteMarks(found.split(">").length - 1));
  }

  #block(node: RootContent): void {
    switch (node.type) {
      case "paragraph": {
        const lines = this.#linesOf(node);
        if (lines.every(isRow)) this.#sheet.block(tableLines(lines));
        else this.#phrases(node.children, []);
        break;
      }
      case "heading":
        if (node.children.length === 0) this.#sheet.asWritten(node, []);
        else this.#phrases(node.children, ["bold"]);
        break;
      case "code":
        this.#sheet.block(node.value);
        break;
      case "table":
        this.#table(node);
        break;
      case "blockquote":
        this.#sheet.quotes += 1;
        this.#container(node);
        this.#sheet.quotes -= 1;
        break;
      case "list":
      case "listItem":
        this.#container(node);
        break;
      default:
        // A used definition is not shown; an unused one may be the only place of its text.
        if (node.type !== "definition" || !this.#definitions.isUsed(node)) this.#sheet.asWritten(node, []);
    }
  }

  /** An empty container still has its mark. */
  #container(node: Blockquote | List | ListItem): void {
    this.blocks(node.children);
    if (node.children.length === 0) this.copyUpTo(endOf(node));
  }

  /** The rows as written. Lines without a bar, which models write right below a table, become text again. */
  #table(node: Table): void {
    const lines = this.#linesOf(node);
    const isBarred = (line: string): boolean => line.includes("|");
    const end = lines.findIndex((line, at) => at > 1 && !isBarred(line) && isBarred(lines[0] ?? ""));
    const rows = end < 0 ? lines : lines.slice(0, end);
    this.#sheet.block(tableLines([rows[0] ?? "", ...rows.slice(2)]));
    if (end < 0) return;
    for (const row of node.children.slice(end - 1)) {
      this.#sheet.newLine("");
      for (const cell of row.children) this.#phrases(cell.children, []);
    }
  }

  #linesOf(node: RootContent): readonly string[] {
    return this.#sheet
      .sourceOf(node)
      .split("\n")
      .map((line) => line.slice(lineMarksOf(line).length));
  }
}
