import { setImmediate } from "node:timers/promises";
import { parseMarkdown } from "../read/parse.ts";
import type { Span } from "../split/spans.ts";
import { joinSpans, splitSpans } from "../split/split-spans.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import type { Dialect } from "./dialect.ts";
import { layOut } from "./lay-out.ts";
import { toSpans } from "./to-spans.ts";

/**
 * Markdown, with the HTML that models mix into it, in the markup of a platform. Total: every text has a result. The
 * time is linear in the length: what would take the parser longer is shown as it is written.
 */
export function renderMarkdown(markdown: string, dialect: Dialect): string {
  return joinSpans(spansOf(markdown, dialect));
}

/** The same as parts of at most `maxChars` characters each, without blank space around them. */
export function renderParts(
  markdown: string,
  { dialect, maxChars }: { readonly dialect: Dialect; readonly maxChars: number },
): readonly string[] {
  return splitSpans(spansOf(markdown, dialect), maxChars);
}

/** As `renderParts`, in turns with what else the process has to do: a long text takes the parser its time. */
export async function renderPartsInTurns(
  markdown: string,
  { dialect, maxChars }: { readonly dialect: Dialect; readonly maxChars: number },
): Promise<readonly string[]> {
  const spans: Span[][] = [];
  let chars = 0;
  for (const { source, isPlain } of chunksIn(markdown)) {
    if (chars > turnChars) {
      await setImmediate();
      chars = 0;
    }
    chars += source.length;
    spans.push([...chunkSpans({ source, isPlain }, dialect)]);
  }
  return splitSpans(spans.flat(), maxChars);
}

/** How much text is read in one turn: some milliseconds, or some tens where each line is a mark. */
const turnChars = 2_000;

function spansOf(markdown: string, dialect: Dialect): readonly Span[] {
  return chunksIn(markdown).flatMap((chunk) => chunkSpans(chunk, dialect));
}

function chunksIn(markdown: string): readonly Chunk[] {
  return chunksOf(markdown.replace(/\r\n?/g, "\n"));
}

function chunkSpans({ source, isPlain }: Chunk, dialect: Dialect): readonly Span[] {
  const items = isPlain ? plainItems(source) : layOut({ source, root: parseMarkdown(source), dialect });
  return toSpans(items, dialect);
}

function plainItems(source: string): ReturnType<typeof layOut> {
  return source
    .split("\n")
    .flatMap((text, at) => [
      ...(at === 0 ? [] : [{ kind: "structure", text: "\n" } as const]),
      ...(text === "" ? [] : [{ kind: "text", text, marks: [] } as const]),
    ]);
}
