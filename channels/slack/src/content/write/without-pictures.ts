import { type Block, type ImageElement, limits, section } from "./block.ts";
import { escapeText } from "./escape.ts";
import { linkToken } from "./links.ts";

/** The same blocks with links instead of pictures; undefined if there are no pictures. */
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

/** A link to the picture; its title alone if the address is too long. */
function linkOf({ image_url, alt_text }: ImageElement, title: string): string {
  const link = linkToken(image_url, title || alt_text);
  return link.length <= limits.sectionChars ? link : escapeText(alt_text);
}
