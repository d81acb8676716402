/** The tags that models like to write, each by itself: nothing here looks for a tag's other half. */
const tags: readonly (readonly [RegExp, string])[] = [
  [/<br\s*\/?>/gi, "\n"],
  [/<\/?p>/gi, "\n"],
  [/<\/?(?:b|strong)>/gi, "**"],
  [/<\/?(?:i|em)>/gi, "_"],
  [/<\/?(?:s|strike|del)>/gi, "~~"],
  [/<\/?code>/gi, "`"],
];

const anchor = /<a\s[^<>]*?href=["']([^"'<>]*)["'][^<>]*>([^<]*)<\/a>/gi;

/** Simple HTML as Markdown. */
export function htmlToMarkdown(text: string): string {
  const untagged = tags.reduce((changed, [tag, mark]) => changed.replace(tag, mark), text);
  return untagged.replace(anchor, (_, address: string, label: string) => `[${label}](${address})`);
}
