/** What the code blocks of a language hold, in order. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms");
  return [...markdown.matchAll(block)].map(([, code = ""]) => code);
}

/** A page whose code, in blocks and in sentences, is blanked out; line numbers stay. */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```|`[^`\n]*`/gms, (code) => code.replaceAll(/[^\n]/g, " "));
}

/** Where the links of a page lead within the repository, without their `#` parts, relative to the page. */
export function relativeLinks(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/i.test(target));
}

/**
 * Paths that a page names in code or in a table, beginning with one of the folders; patterns such as
 * `packages/*`, placeholders such as `channels/<platform>`, and a reader's own `my-agent.ts` name no file of ours.
 */
export function namedPaths(markdown: string, folders: readonly string[]): readonly string[] {
  const path = new RegExp(`(?<![\\w./@-])(?:${folders.join("|")})/[\\w./*<-]*`, "g");
  const found = [...markdown.matchAll(path)].map(([text]) => text.replace(/[./]+$/, ""));
  return [...new Set(found)].filter((text) => text.includes("/") && !/[*<]|\/my-/.test(text));
}
