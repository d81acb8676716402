/** A mark that a platform sets around words. */
export type MarkName = "bold" | "italic" | "strike";

/** What a link shows and where it leads. A label is plain text; an empty one shows the address. */
export interface Link {
  readonly url: string;
  readonly label: string;
}

/** How a platform writes what Markdown says. */
export interface Dialect {
  /** One character for each mark. */
  readonly marks: Readonly<Record<MarkName, string>>;
  /** What a literal text must not begin a line with. */
  readonly lineMarks: RegExp;
  /** Stands before each line of a quote. */
  readonly quote: string;
  /** Whether quotes within quotes repeat it. */
  readonly nestsQuotes: boolean;
  /** Literal text, and code, as the platform reads it. */
  escape(text: string): string;
  /** Undefined for an address that the platform does not open. */
  link(link: Link): string | undefined;
  /** A token of the platform's own, such as a mention; undefined for what this platform has no token for. */
  token(text: string): string | undefined;
}
