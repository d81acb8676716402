import type { PhrasingContent } from "mdast";

export type Mark = "strong" | "emphasis" | "delete";

/** A piece of inline content with one appearance. */
export interface Run {
  /** `text` is typed text; the others are written unchanged. */
  readonly kind: "text" | "code" | "verbatim" | "address" | "image";
  readonly value: string;
  readonly marks: ReadonlySet<Mark>;
  readonly link: Target | undefined;
}

export interface Target {
  readonly url: string;
  readonly title: string;
}

interface Around {
  readonly marks: ReadonlySet<Mark>;
  readonly link: Target | undefined;
}

/** Inline content without nesting: trees that look the same have the same runs. */
export function runsOf(children: readonly PhrasingContent[]): readonly Run[] {
  const runs = children.flatMap((child) => flatten(child, { marks: new Set(), link: undefined }));
  const words = merge(runs).flatMap(spaceApart);
  return merge(marksOffSpace(withoutEnds(words)))
    .flatMap(spaceApart)
    .map(withoutBlankLines);
}

/** Drops the space at the ends, which is not shown. */
function withoutEnds(runs: readonly Run[]): readonly Run[] {
  const isWord = (run: Run): boolean => !isSpace(run);
  const first = runs.findIndex(isWord);
  return first === -1 ? [] : runs.slice(first, runs.findLastIndex(isWord) + 1);
}

/** Drops blank lines, because a blank line would end the paragraph. */
function withoutBlankLines(run: Run): Run {
  if (run.kind !== "text" || !run.value.includes("\n")) return run;
  const lines = run.value.split("\n");
  const kept = lines.filter((line, at) => at === 0 || at === lines.length - 1 || line.trim() !== "");
  return { ...run, value: kept.join("\n") };
}

function flatten(node: PhrasingContent, around: Around): readonly Run[] {
  switch (node.type) {
    case "text":
      return [{ kind: "text", value: cleanText(node.value), ...around }];
    case "inlineCode":
      return node.value === ""
        ? []
        : [{ kind: "code", value: cleanText(node.value).replaceAll("\n", " "), ...around }];
    case "break":
      return [{ kind: "text", value: "\n", ...around }];
    case "html":
      return [{ kind: "verbatim", value: node.value, ...around }];
    case "image":
      return [{ kind: "image", value: imageOf(node.alt ?? "", node), ...around }];
    case "strong":
    case "emphasis":
    case "delete":
      return node.children.flatMap((child) =>
        flatten(child, { ...around, marks: new Set([...around.marks, node.type]) }),
      );
    case "link":
      return linkRuns(
        node.children.flatMap((child) => flatten(child, around)),
        node,
      );
    case "linkReference":
      return [
        { kind: "verbatim", value: "[", ...around },
        ...node.children.flatMap((child) => flatten(child, around)),
        { kind: "verbatim", value: `][${node.label ?? node.identifier}]`, ...around },
      ];
    case "imageReference":
      return [
        { kind: "verbatim", value: `![${node.alt ?? ""}][${node.label ?? node.identifier}]`, ...around },
      ];
    case "footnoteReference":
      return [{ kind: "verbatim", value: `[^${node.label ?? node.identifier}]`, ...around }];
  }
}

/** A link with its address as label is the same as a bare address. */
function linkRuns(
  inside: readonly Run[],
  { url, title }: { readonly url: string; readonly title?: string | null | undefined },
): readonly Run[] {
  const [first, ...others] = inside;
  const label = inside.map(({ value }) => value).join("");
  const isPlain = first !== undefined && others.length === 0 && first.kind === "text" && !title;
  if (isPlain && (label === url || `mailto:${label}` === url || `http://${label}` === url))
    return [{ ...first, kind: "address" }];
  return inside.map((run) => ({ ...run, link: { url, title: title ?? "" } }));
}

function imageOf(
  alt: string,
  { url, title }: { readonly url: string; readonly title?: string | null | undefined },
): string {
  return `![${cleanText(alt).replace(/[\\`*_[\]<>&~!]/g, "\\$&")}](${destination({ url, title: title ?? "" })})`;
}

export function destination({ url, title }: Target): string {
  const address =
    url === "" || /[\s()<>\\\p{Cc}]/u.test(url)
      ? `<${escapedAddress(url)}>`
      : url.replace(reference, "&amp;");
  return title === "" ? address : `${address} "${title.replace(/[\\"&]/g, "\\$&").replaceAll("\n", " ")}"`;
}

/** An ampersand that would begin a character reference. */
const reference = /&(?=#?[A-Za-z0-9]{1,31};)/g;

function escapedAddress(url: string): string {
  return url
    .replace(/[<>\\&]/g, "\\$&")
    .replaceAll("\n", "%0A")
    .replaceAll("\r", "%0D");
}

/** Unifies line ends, and drops characters that Markdown replaces. */
function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD");
}

/** Splits off the space at the ends, because a mark must touch a word. */
function spaceApart(run: Run): readonly Run[] {
  if (run.kind !== "text") return [run];
  const lead = run.value.length - run.value.trimStart().length;
  const tail = Math.max(lead, run.value.trimEnd().length);
  return [run.value.slice(0, lead), run.value.slice(lead, tail), run.value.slice(tail)]
    .filter((value) => value !== "")
    .map((value) => ({ ...run, value }));
}

/** Gives space the marks and link that both its neighbours have. */
function marksOffSpace(runs: readonly Run[]): readonly Run[] {
  const before = wordsUpTo(runs);
  const after = wordsUpTo(runs.toReversed()).toReversed();
  return runs.map((run, index) => (isSpace(run) ? { ...run, ...shared(before[index], after[index]) } : run));
}

/** For each run, the last word up to it. */
function wordsUpTo(runs: readonly Run[]): readonly (Run | undefined)[] {
  let word: Run | undefined;
  return runs.map((run) => {
    if (!isSpace(run)) word = run;
    return word;
  });
}

export function isSpace({ kind, value }: Run): boolean {
  return kind === "text" && value.trim() === "";
}

function shared(before: Run | undefined, after: Run | undefined): Around {
  if (before === undefined || after === undefined) return { marks: new Set(), link: undefined };
  const marks = new Set([...before.marks].filter((mark) => after.marks.has(mark)));
  return { marks, link: linkKey(before) === linkKey(after) ? before.link : undefined };
}

/** A key per target; empty outside links. */
export function linkKey(run: Run | undefined): string {
  return run?.link ? JSON.stringify([run.link.url, run.link.title]) : "";
}

/** Merges neighbours with the same appearance. */
function merge(runs: readonly Run[]): readonly Run[] {
  const groups: Run[][] = [];
  for (const run of runs) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && isOneWith(last[0], run)) last.push(run);
    else groups.push([run]);
  }
  return groups.flatMap((group) =>
    group[0] === undefined ? [] : [{ ...group[0], value: group.map(({ value }) => value).join("") }],
  );
}

function isOneWith(last: Run, run: Run): boolean {
  return (run.kind === "text" || run.kind === "code") && last.kind === run.kind && looks(last) === looks(run);
}

function looks(run: Run): string {
  return [...run.marks].sort().join() + linkKey(run);
}

/**
 * A string that is equal for runs that look the same. Platform tokens and bare addresses are text, and all space is
 * alike.
 */
export function appearance(runs: readonly Run[]): string {
  const asText = runs.map((run): Run => (isTextual(run) ? { ...run, kind: "text" } : run));
  return merge(marksOffSpace(merge(asText).flatMap(spaceApart)))
    .map((run) => [run.kind, looks(run), run.kind === "text" ? run.value.replace(/\s+/g, " ") : run.value])
    .join("\n");
}

function isTextual({ kind, value }: Run): boolean {
  return kind === "address" || (kind === "verbatim" && (isToken(value) || !value.startsWith("<")));
}

/** A platform's token for a person, channel or group, such as `<@U1>`; not Markdown. */
export function isToken(value: string): boolean {
  return /^(?:<[@#!][^<>\n]*>|\{@[^{}\n]*\})$/.test(value);
}
