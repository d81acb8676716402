/** A mark that a platform puts around words. */
export type MarkName = "bold" | "italic" | "strike";

/** A link's label and address. A label is plain text; an empty one shows the address. */
export interface Link {
  readonly url: string;
  readonly label: string;
}

/** The markup of a platform. */
export interface Dialect {
  /** One character for each mark. */
  readonly marks: Readonly<Record<MarkName, string>>;
  /** What literal text must not begin a line with. */
  readonly lineMarks: RegExp;
  /** The prefix of each line of a quote. */
  readonly quote: string;
  /** Whether nested quotes repeat the prefix. */
  readonly nestsQuotes: boolean;
  /** Escapes literal text and code for the platform. */
  escape(text: string): string;
  /** Undefined if the platform does not open the address. */
  link(link: Link): string | undefined;
  /** A token of the platform, such as a mention; undefined for a token of another platform. */
  token(text: string): string | undefined;
}
