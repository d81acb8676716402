import type { BlockContent, Image, Link, Paragraph, PhrasingContent, Text } from "mdast";

/** A paragraph; none if it is empty. */
export function paragraph(...children: PhrasingContent[]): readonly Paragraph[] {
  const isEmpty = children.every((child) => child.type === "text" && child.value.trim() === "");
  return isEmpty ? [] : [{ type: "paragraph", children }];
}

export function text(value: string): Text {
  return { type: "text", value };
}

/** A mention in Slack's notation, unchanged. */
export function token(value: string): PhrasingContent {
  return { type: "html", value };
}

export function strong(...children: PhrasingContent[]): PhrasingContent {
  return { type: "strong", children };
}

export function link(url: string, label: string): Link {
  return { type: "link", url, children: [text(label || url)] };
}

/** The label as a link if there is an address, else as text. */
export function maybeLink(label: string, url: string): PhrasingContent {
  return url === "" ? text(label) : link(url, label);
}

export function image(url: string, alt: string): Image | Text {
  return url === "" ? text(alt) : { type: "image", url, alt };
}

/** Text without marks; a blank line begins a paragraph. */
export function plainParagraphs(value: string): readonly Paragraph[] {
  return splitParagraphs([text(value)]).flatMap((children) => paragraph(...children));
}

/** Inline content split at the blank lines in its texts. */
export function splitParagraphs(children: readonly PhrasingContent[]): readonly PhrasingContent[][] {
  const groups: PhrasingContent[][] = [[]];
  for (const child of children) {
    const [first, ...others] = child.type === "text" ? cutAtBlankLines(child.value) : [child];
    if (first !== undefined) groups.at(-1)?.push(first);
    for (const other of others) groups.push([other]);
  }
  return groups;
}

function cutAtBlankLines(value: string): readonly Text[] {
  return value.split(/\n[^\S\n]*\n\s*/).map(text);
}

/** Several blocks as the content of one line. */
export function onOneLine(blocks: readonly BlockContent[]): PhrasingContent[] {
  return blocks.flatMap((block, index): PhrasingContent[] => {
    const gap = index === 0 ? [] : [text("\n")];
    if (block.type === "paragraph" || block.type === "heading") return [...gap, ...block.children];
    if (block.type === "code") return [...gap, { type: "inlineCode", value: block.value }];
    if (block.type === "blockquote") return [...gap, ...onOneLine(block.children as BlockContent[])];
    if (block.type !== "list") return [];
    return block.children.flatMap((item) => [
      ...gap,
      text("• "),
      ...onOneLine(item.children as BlockContent[]),
    ]);
  });
}
