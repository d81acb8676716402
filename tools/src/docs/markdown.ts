/** The code blocks of a language, in order. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms");
  return [...markdown.matchAll(block)].map(([, code = ""]) => code);
}

/** The page with its code blanked out, in blocks and in sentences; line numbers stay. */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```|`[^`\n]*`/gms, (code) => code.replaceAll(/[^\n]/g, " "));
}

/** The targets of a page's links within the repository, relative to the page, without their `#` parts. */
export function relativeLinks(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/i.test(target));
}

/**
 * The paths in the code and tables of a page that start with one of the folders. Not patterns such as
 * `packages/*`, placeholders such as `channels/<platform>`, or a reader's own `my-agent.ts`.
 */
export function namedPaths(markdown: string, folders: readonly string[]): readonly string[] {
  const path = new RegExp(`(?<![\\w./@-])(?:${folders.join("|")})/[\\w./*<-]*`, "g");
  const found = [...markdown.matchAll(path)].map(([text]) => text.replace(/[./]+$/, ""));
  return [...new Set(found)].filter((text) => text.includes("/") && !/[*<]|\/my-/.test(text));
}
