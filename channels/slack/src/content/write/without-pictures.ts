import { type Block, type ImageElement, limits, section } from "./block.ts";
import { escapeText } from "./escape.ts";
import { linkToken } from "./links.ts";

/** The same blocks with links where the pictures were; undefined when there are none. */
export function withoutPictures(blocks: readonly Block[]): readonly Block[] | undefined {
  return blocks.some(hasPicture) ? blocks.map(toLink) : undefined;
}

function hasPicture(block: Block): boolean {
  return block.type === "image" || (block.type === "section" && block.accessory !== undefined);
}

function toLink(block: Block): Block {
  if (block.type === "image") return section(linkOf(block, block.title?.text ?? ""));
  if (block.type !== "section" || block.accessory === undefined) return block;
  const { accessory, ...rest } = block;
  const text = [rest.text?.text ?? "", linkOf(accessory, "")].join("\n");
  return text.length <= limits.sectionChars ? section(text) : rest;
}

/** An address that leaves no room for anything else is told by its name alone. */
function linkOf({ image_url, alt_text }: ImageElement, title: string): string {
  const link = linkToken(image_url, title || alt_text);
  return link.length <= limits.sectionChars ? link : escapeText(alt_text);
}
