import type { MarkName } from "./dialect.ts";

export type Marks = readonly MarkName[];

/** A piece of a laid-out text, in reading order. */
export type Item =
  /** What people read, not escaped yet and without line ends. */
  | { readonly kind: "text"; readonly text: string; readonly marks: Marks }
  /** Code within a line. */
  | { readonly kind: "code"; readonly text: string; readonly ticks: string; readonly marks: Marks }
  /** A link or mention in the platform's own form, and what stands for it where it does not fit. */
  | { readonly kind: "atom"; readonly text: string; readonly instead: string; readonly marks: Marks }
  /** Line ends and what begins a line: the platform's marks for quotes, list markers, blank space. */
  | { readonly kind: "structure"; readonly text: string }
  /** Lines of code. */
  | { readonly kind: "block"; readonly text: string };
