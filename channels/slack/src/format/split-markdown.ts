import { firstPiece } from "@mio/channel-kit";
import { toMrkdwn } from "./to-mrkdwn.ts";

const fenceMark = "```";

/** Links, tokens, code and bold text within a line; and an opening fence with the first of its code. */
const keepTogether =
  /!?\[[^[\]\n]*\]\([^()\s]*\)|<[^<>\n]+>|`[^`\n]+`|\*\*[^*\n]+\*\*|https?:\/\/\S+|^```[^\n]*\n[^\n]/gm;

/** Markup is seldom more than half of a text, so what is longer than this needs no look. */
const markupFactor = 2;

/**
 * Converts Markdown to parts of at most `maxChars` characters each, in Slack's markup. Nothing is lost between them but
 * blank space; a code block that goes on in the next part is closed in the one and opened again in the other.
 */
export function toMrkdwnParts(markdown: string, maxChars: number): readonly string[] {
  const parts: string[] = [];
  const fits = (piece: string): boolean =>
    piece.length <= maxChars * markupFactor && toMrkdwn(closed(piece)).length <= maxChars;
  let rest = markdown;
  while (rest !== "") {
    const piece = firstPiece(rest, fits, { keepTogether, hint: maxChars });
    const tail = rest.slice(piece.length);
    const isCut = isOpen(piece) && tail.includes(fenceMark);
    const converted = toMrkdwn(isCut ? closed(piece) : piece);
    parts.push(converted.replace(/^(?:[ \t]*\n)+/, "").trimEnd());
    rest = isCut ? `${fenceMark}\n${tail.replace(/^\n/, "")}` : tail;
  }
  return parts.filter((part) => part !== "");
}

/** Whether a code block begins in the text and does not end in it. */
function isOpen(text: string): boolean {
  return (text.split(fenceMark).length - 1) % 2 === 1;
}

function closed(text: string): string {
  return isOpen(text) ? `${text.replace(/\n$/, "")}\n${fenceMark}` : text;
}
