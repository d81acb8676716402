import { type Block, clamp, limits } from "./block.ts";

/** Distributes blocks over as many messages as Slack's limits require. */
export function pagesOf(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const pages: Block[][] = [];
  let chars = 0;
  for (const block of blocks) {
    const page = pages.at(-1);
    const size = sizeOf(block);
    if (page === undefined || page.length === limits.blocks || chars + size > limits.messageChars) {
      pages.push([block]);
      chars = size;
    } else {
      page.push(block);
      chars += size;
    }
  }
  return pages;
}

/** The text of a page, for notifications and for clients that show no blocks. */
export function pageText(page: readonly Block[]): string {
  const text = page.flatMap(textsOf).join("\n");
  return clamp(text, limits.sectionChars);
}

function sizeOf(block: Block): number {
  return textsOf(block).reduce((sum, text) => sum + text.length, 0);
}

/** The texts of a block, in Slack's markup. */
export function textsOf(block: Block): readonly string[] {
  switch (block.type) {
    case "header":
      return [block.text.text];
    case "section":
      return [
        ...(block.text === undefined ? [] : [block.text.text]),
        ...(block.fields ?? []).map(({ text }) => text),
      ];
    case "context":
      return block.elements.map(({ text }) => text);
    case "actions":
      return block.elements.map(({ text }) => text.text);
    case "image":
      return [block.title?.text ?? block.alt_text];
  }
}
