import type { BlockContent, DefinitionContent, ListItem, PhrasingContent, RootContent } from "mdast";

/**
 * Blocks as the lines of one paragraph, if they look the same: list signs appear as typed, so they need no escaping.
 * Undefined if a block has another form.
 */
export function asTyped(
  blocks: readonly (RootContent | BlockContent | DefinitionContent)[],
  source: string,
): readonly PhrasingContent[] | undefined {
  const lines: PhrasingContent[] = [];
  for (const block of blocks) {
    const content = lineContent(block, source);
    if (content === undefined) return undefined;
    if (lines.length > 0) lines.push({ type: "text", value: "\n" });
    lines.push(...content);
  }
  return lines;
}

function lineContent(
  block: RootContent | BlockContent | DefinitionContent,
  source: string,
): readonly PhrasingContent[] | undefined {
  if (block.type === "paragraph") return block.children;
  if (block.type === "listItem") return itemContent(block, source);
  return block.type === "list" ? asTyped(block.children, source) : undefined;
}

function itemContent(item: ListItem, source: string): readonly PhrasingContent[] | undefined {
  const [first] = item.children;
  // A lone sign is a word.
  if (first === undefined) return undefined;
  const sign = source.slice(item.position?.start.offset, first.position?.start.offset);
  const content = asTyped(item.children, source);
  return content === undefined ? undefined : [{ type: "text", value: sign }, ...content];
}
