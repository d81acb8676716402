import type { Node } from "mdast";
import type { Dialect } from "./dialect.ts";
import type { Item, Marks } from "./items.ts";
import { endOf, startOf } from "./nodes.ts";

/** The output of a layout: the items so far, and their source. */
export class Sheet {
  readonly items: Item[] = [];
  readonly source: string;
  readonly dialect: Dialect;
  /** The number of quotes around the current block. */
  quotes = 0;

  constructor(source: string, dialect: Dialect) {
    this.source = source;
    this.dialect = dialect;
  }

  structure(text: string): void {
    if (text !== "") this.items.push({ kind: "structure", text });
  }

  /** Adds text between blocks. If marks do not nest, a quote within another already has its mark. */
  lineStart(text: string): void {
    const { nestsQuotes, quote } = this.dialect;
    const last = this.items.at(-1);
    const isMarked = !nestsQuotes && last?.kind === "structure" && last.text.endsWith(quote);
    this.structure(isMarked && text.startsWith(quote) ? text.slice(quote.length) : text);
  }

  text(text: string, marks: Marks): void {
    for (const [at, line] of text.split("\n").entries()) {
      if (at > 0) this.structure("\n");
      if (line !== "") this.items.push({ kind: "text", text: line, marks });
    }
  }

  asWritten(node: Node, marks: Marks): void {
    this.text(this.sourceOf(node), marks);
  }

  sourceOf(node: Node): string {
    return this.source.slice(startOf(node), endOf(node));
  }

  /** Adds code. It needs no indentation, and Slack and Cliq show none within a quote. */
  block(text: string): void {
    const last = this.items.at(-1);
    if (last?.kind === "structure") {
      const lineStart = last.text.lastIndexOf("\n") + 1;
      const isBlank = last.text.slice(lineStart).replaceAll(this.dialect.quote, "").trim() === "";
      const isWholeLine = lineStart > 0 || this.items.length === 1;
      if (isBlank && isWholeLine) this.items.splice(-1, 1, { ...last, text: last.text.slice(0, lineStart) });
    }
    this.items.push({ kind: "block", text });
  }

  /** Adds a line end and the next line's prefix, whose source is `written`. */
  newLine(written: string): void {
    this.structure(`\n${this.#prefixOf(written)}`);
  }

  quoteMarks(depth: number): string {
    return this.dialect.quote.repeat(this.dialect.nestsQuotes ? depth : Math.min(depth, 1));
  }

  /** Adds the mark to a quote's line that continues without one. */
  #prefixOf(written: string): string {
    if (this.quotes === 0) return written;
    const after = written.includes(">") ? written.slice(written.lastIndexOf(">") + 1).replace(/^ /, "") : "";
    return `${this.quoteMarks(this.quotes)}${after}`;
  }
}

const lineMarks = /^[ \t>]*/;

/** The prefix of a line: blank space and the marks of quotes. */
export function lineMarksOf(line: string): string {
  return lineMarks.exec(line)?.[0] ?? "";
}
