/** A text of exactly this many bytes in which every word is unique. */
export function numberedWords(bytes: number): string {
  const words = Array.from({ length: Math.ceil(bytes / 8) }, (_, at) => `w${String(at).padStart(6, "0")}`);
  return words.join(" ").slice(0, bytes).padEnd(bytes, ".");
}

/** The words of such a text in the posts, in order. */
export function wordsOf(posts: readonly { readonly text: string }[]): readonly string[] {
  return posts.flatMap(({ text }) => text.match(/w\d{6}/g) ?? []);
}
