/** Finished spans, taken out of a text while it is worked on and put back at the end. */
export interface SetAside {
  /** Stands for the span in the text. */
  keep(span: string): string;
  /** Puts back every span, also those within spans. */
  restore(text: string): string;
}

const firstPrivate = 0xe000;
const lastPrivate = 0xf8ff;

/** Marks spans with characters that the text does not use itself. */
export function createSetAside(text: string): SetAside {
  const [open, close] = unusedMarks(text);
  const spans: string[] = [];
  // regex: digits between two marks that are no digits
  const marked = new RegExp(`${open}(\\d+)${close}`, "g");
  const restore = (within: string): string =>
    within.replace(marked, (_, index: string) => restore(spans[Number(index)] ?? ""));
  return {
    keep: (span) => `${open}${spans.push(span) - 1}${close}`,
    restore,
  };
}

/** Two characters of the private use area; a text that uses them all would be no text. */
export function unusedMarks(text: string): readonly [string, string] {
  const used = new Set(text);
  const unused: string[] = [];
  for (let code = firstPrivate; code <= lastPrivate && unused.length < 2; code += 1) {
    const mark = String.fromCharCode(code);
    if (!used.has(mark)) unused.push(mark);
  }
  const [open = "\u0001", close = "\u0002"] = unused;
  return [open, close];
}
