/** The tags that models like to write, each by itself: nothing here looks for a tag's other half. */
const tags: readonly (readonly [RegExp, string])[] = [
  [/<br\s*\/?>/gi, "\n"],
  [/<\/?p>/gi, "\n"],
  [/<\/?(?:b|strong)>/gi, "**"],
  [/<\/?(?:i|em)>/gi, "_"],
  [/<\/?(?:s|strike|del)>/gi, "~~"],
  [/<\/?code>/gi, "`"],
];

const anchor = /<a\s([^<>]*)>([^<]*)<\/a>/gi;
const href = /href=["']([^"'<>]*)["']/i;

/** Simple HTML as Markdown. */
export function htmlToMarkdown(text: string): string {
  const untagged = tags.reduce((changed, [tag, mark]) => changed.replace(tag, mark), text);
  return untagged.replace(anchor, (whole: string, attributes: string, label: string) => {
    const address = href.exec(attributes)?.[1];
    return address === undefined ? whole : `[${label}](${address})`;
  });
}
