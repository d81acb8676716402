/** A text of exactly so many bytes, in which each word is there once. */
export function numberedWords(bytes: number): string {
  const words = Array.from({ length: Math.ceil(bytes / 8) }, (_, at) => `w${String(at).padStart(6, "0")}`);
  return words.join(" ").slice(0, bytes).padEnd(bytes, ".");
}

/** The words of such a text that posts show, in order. */
export function wordsOf(posts: readonly { readonly text: string }[]): readonly string[] {
  return posts.flatMap(({ text }) => text.match(/w\d{6}/g) ?? []);
}
