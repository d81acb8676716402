/** Markdown as people and models write it. Pure: no I/O, no clock. */
export type { Dialect, Link } from "./dialect.ts";
export { parseMarkdown } from "./parse.ts";
export { renderMarkdown, renderParts, renderPartsInTurns } from "./render-markdown.ts";
export { type SplitOptions, splitText } from "./split-text.ts";
export { writeMarkdown } from "./write.ts";
