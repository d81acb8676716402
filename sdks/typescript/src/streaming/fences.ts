/** The range of a code block, from the start of the opening line to the end of the closing one or of the text. */
export interface FencedSpan {
  readonly from: number;
  readonly end: number;
}

/** The code blocks of a text, and the fence that is open at its end. */
export interface Fences {
  readonly spans: readonly FencedSpan[];
  readonly open: string | undefined;
}

const fenceStart = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Finds Markdown's fenced code blocks; `open` is the fence in which the text starts.
 *
 * @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export function findFences(text: string, open?: string): Fences {
  const spans: FencedSpan[] = [];
  let fence = open;
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).trimEnd();
    const [start = "", marks = ""] = fenceStart.exec(line) ?? [];
    const info = line.slice(start.length);
    if (fence === undefined) {
      if (opens(marks, info)) [fence, from] = [marks, at];
    } else if (marks.startsWith(fence) && info.trim() === "") {
      spans.push({ from, end });
      fence = undefined;
    }
    at = end;
  }
  if (fence !== undefined) spans.push({ from, end: Number.POSITIVE_INFINITY });
  return { spans, open: fence };
}

function opens(marks: string, info: string): boolean {
  return marks !== "" && !(marks.startsWith("`") && info.includes("`"));
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline === -1 ? text.length : newline + 1;
}
