import { trimEndOf } from "@mio/channel-kit";
/** Bold, italic, strike-through and headings, with the marks that Slack uses. `star` stands for Slack's bold mark. */
export function convertEmphasis(text: string, star: string): string {
  const bold = `${star}$1${star}`;
  const converted = text
    .replace(boldItalic, `${star}_$1_${star}`)
    .replace(doubleStars, bold)
    .replace(doubleUnderscores, bold)
    .replace(strike, "~$1~")
    .replace(singleStars, "_$1_")
    .replace(heading, (_, title: string) => headline(title, star));
  return converted.replaceAll(star, "*");
}

// NOTE: no pattern may contain its own delimiter, so a mark that is never closed costs a look at the next one only.
const boldItalic = /\*\*\*(?=\S)([^*\n]+)(?<=\S)\*\*\*/g;
const doubleStars = /\*\*(?=[^\s*])((?:[^*\n]|\*(?!\*))+)(?<=\S)\*\*/g;
/** Not within names: `__init__.py` and `self.__dict__(…)` are none. */
const doubleUnderscores = /(?<![\w./])__(?=[^\s_])((?:[^_\n]|_(?!_))+)(?<=[^\s_])__(?!\w|\.\w|\()/g;
const strike = /~~(?=[^\s~])((?:[^~\n]|~(?!~))+)(?<=\S)~~/g;
const singleStars = /(?<![\w*])\*(?=[^\s*])([^*\n]+)(?<=\S)\*(?![\w*])/g;
const heading = /^ {0,3}#{1,6}[ \t]+(\S.*)$/gm;

/** A heading is bold as a whole, so bold within it is none. */
function headline(title: string, star: string): string {
  const plain = withoutClosing(title).replaceAll(star, "").trim();
  return plain === "" ? title : `${star}${plain}${star}`;
}

/** A title without the marks that may close it, which stand after a space. */
function withoutClosing(title: string): string {
  const marked = title.trimEnd();
  const unmarked = trimEndOf(marked, "#");
  return unmarked !== marked && /\s$/.test(unmarked) ? unmarked : title;
}
