/** Markdown as people and models write it. Pure: no I/O, no clock. */
export { parseMarkdown } from "./parse.ts";
export { writeMarkdown } from "./write.ts";
