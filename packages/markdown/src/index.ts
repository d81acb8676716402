/** Markdown as people and models write it. Pure: no I/O, no clock. */

export { parseMarkdown } from "./read/parse.ts";
export type { Dialect, Link } from "./render/dialect.ts";
export { renderMarkdown, renderParts, renderPartsInTurns } from "./render/render-markdown.ts";
export { type SplitOptions, splitText } from "./split/split-text.ts";
export { writeMarkdown } from "./write/write.ts";
