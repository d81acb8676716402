import type { MarkName } from "./dialect.ts";

export type Marks = readonly MarkName[];

/** A piece of a laid-out text, in reading order. */
export type Item =
  /** Visible text, unescaped and without line ends. */
  | { readonly kind: "text"; readonly text: string; readonly marks: Marks }
  /** Code within a line. */
  | { readonly kind: "code"; readonly text: string; readonly ticks: string; readonly marks: Marks }
  /** A link or mention in the platform's markup, and a replacement for where it does not fit. */
  | { readonly kind: "atom"; readonly text: string; readonly instead: string; readonly marks: Marks }
  /** Line ends and line prefixes: the platform's marks for quotes, list markers, blank space. */
  | { readonly kind: "structure"; readonly text: string }
  /** Lines of code. */
  | { readonly kind: "block"; readonly text: string };
