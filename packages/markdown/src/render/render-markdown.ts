import { setImmediate } from "node:timers/promises";
import { parseMarkdown } from "../read/parse.ts";
import type { Span } from "../split/spans.ts";
import { joinSpans, splitSpans } from "../split/split-spans.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import type { Dialect } from "./dialect.ts";
import { layOut } from "./lay-out.ts";
import { toSpans } from "./to-spans.ts";

/**
 * Renders Markdown, with the HTML that models mix into it, in the markup of a platform. Total: every text has a
 * result. The time is linear in the length: text that would take the parser longer is shown as source.
 */
export function renderMarkdown(markdown: string, dialect: Dialect): string {
  return joinSpans(spansOf(markdown, dialect));
}

/** The same in parts of at most `maxChars` characters, each without surrounding white space. */
export function renderParts(
  markdown: string,
  { dialect, maxChars }: { readonly dialect: Dialect; readonly maxChars: number },
): readonly string[] {
  return splitSpans(spansOf(markdown, dialect), maxChars);
}

/** Like `renderParts`, but yields to the event loop between chunks. */
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

/** The characters parsed between two yields: a few milliseconds, or some tens if every line is a mark. */
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
