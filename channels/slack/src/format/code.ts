import { escapeVerbatim } from "./escape.ts";
import type { SetAside } from "./set-aside.ts";

/** A block between two fences; a fence without another stays what it is. */
const fenced = /```([\s\S]*?)```/g;

/** The language after an opening fence, which Slack would show as the first line of the code. */
const language = /^[ \t]*(?:[\w+#.-]+[ \t]*)?(?=\n)/;

const inline = /(?<!`)(`{1,2})(?!`)([^\n]+?)(?<!`)\1(?!`)/g;

export function setFencesAside(text: string, aside: SetAside): string {
  return text.replace(fenced, (_, code: string) =>
    aside.keep(fence(escapeVerbatim(code.replace(language, "")))),
  );
}

export function setInlineCodeAside(text: string, aside: SetAside): string {
  return text.replace(inline, (_, ticks: string, code: string) =>
    aside.keep(`${ticks}${escapeVerbatim(code)}${ticks}`),
  );
}

export function fence(code: string): string {
  return `\`\`\`${code}\`\`\``;
}
