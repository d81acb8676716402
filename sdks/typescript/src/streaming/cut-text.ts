import { type FencedSpan, findFences } from "./fences.ts";

/** Where to cut a text that continues in another message. */
export interface Cut {
  /** The length of the first part; at least 1. */
  readonly at: number;
  /** The fence of the code block that contains the cut, if it could not be avoided. */
  readonly openFence: string | undefined;
}

export interface CutLimits {
  /** The maximum length of the first part, in UTF-16 units; at least 2. */
  readonly maxChars: number;
  /** The fence of the code block in which the text starts. */
  readonly openFence: string | undefined;
}

/**
 * Chooses the best place to cut a text that is not empty: after a paragraph, a line, a sentence or a word outside code
 * blocks, else after a line or a word, else between characters. Neither part is blank if that can be avoided,
 * because platforms refuse blank messages.
 */
export function cutText(text: string, { maxChars, openFence }: CutLimits): Cut {
  const room = roomIn(text, maxChars);
  const { spans } = findFences(text.slice(0, room), openFence);
  const at = bestBorder(text, { room, spans }) ?? characterBorder(text, room);
  return { at, openFence: findFences(text.slice(0, at), openFence).open };
}

/** The length of `text` without half of a character at its end. */
export function wholeLength(text: string): number {
  return isLeading(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
}

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** White space at the end would make a blank part, so the last character stays with it. */
function roomIn(text: string, maxChars: number): number {
  if (text.length <= maxChars) return text.length;
  const visible = text.trimEnd().length;
  const last = visible - 1 - (isTrailing(text.charCodeAt(visible - 1)) ? 1 : 0);
  const room = Math.min(maxChars, last);
  return isBlank(text.slice(0, Math.max(0, room))) ? maxChars : room;
}

interface Place {
  readonly room: number;
  readonly spans: readonly FencedSpan[];
}

const paragraphEnd = /\n[^\S\n]*\n\s*/g;
const lineEnd = /\n/g;
const sentenceEnd = /[.!?…]["'”’)\]]*\s+|[。！？]/g;
const wordEnd = /\s+/g;

function bestBorder(text: string, { room, spans }: Place): number | undefined {
  const head = text.slice(0, room);
  const lead = head.length - head.trimStart().length;
  const last = (pattern: RegExp, isFree: (end: number) => boolean): number | undefined => {
    const ends = [...head.matchAll(pattern)].map((match) => match.index + match[0].length);
    return ends.findLast((end) => end > lead && isFree(end));
  };
  const half = room / 2;
  const outside = (end: number) => !spans.some((span) => span.from < end && end < span.end);
  // An early end would leave most of the message empty.
  const late = (end: number) => end > half;
  return (
    last(paragraphEnd, (end) => late(end) && outside(end)) ??
    last(lineEnd, (end) => late(end) && outside(end)) ??
    last(sentenceEnd, (end) => late(end) && outside(end)) ??
    last(wordEnd, outside) ??
    last(lineEnd, late) ??
    last(wordEnd, () => true)
  );
}

function characterBorder(text: string, room: number): number {
  const isHalf = isLeading(text.charCodeAt(room - 1)) && isTrailing(text.charCodeAt(room));
  return isHalf && room > 1 ? room - 1 : room;
}

function isLeading(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
