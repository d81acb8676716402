import type {
  RichBlock,
  RichCard,
  RichContent,
  RichImagesBlock,
  RichLabel,
  RichLabelBlock,
} from "@mio/proto";
import { type Block, clamp, isPictureAddress, limits, mrkdwn, plainText, section } from "./block.ts";
import { buttonBlocks } from "./buttons.ts";
import { escapeText } from "./escape.ts";
import { linkToken } from "./links.ts";
import { tableTexts } from "./table.ts";
import { toMrkdwnParts } from "./to-mrkdwn.ts";

/** Rich content as any number of Block Kit blocks; the caller distributes them over messages. */
export function richBlocks({ card, blocks, buttons }: RichContent): readonly Block[] {
  const body = [...(card === undefined ? [] : cardBlocks(card)), ...blocks.flatMap(contentBlocks)];
  return [...withThumbnail(body, card?.thumbnailUrl ?? ""), ...buttonBlocks(buttons)];
}

/** Markdown in as many sections as needed. */
function sections(markdown: string): readonly Block[] {
  return toMrkdwnParts(markdown, limits.sectionChars).map(section);
}

/** A picture, or a link if Slack would not show the address. */
export function picture(url: string, title: string): readonly Block[] {
  if (url === "") return [];
  if (!isPictureAddress(url)) return sections(linkToken(url, title));
  const line = title.trim();
  const named = line === "" ? {} : { title: plainText(clamp(line, limits.altChars)) };
  return [{ type: "image", image_url: url, alt_text: altText(title), ...named }];
}

function cardBlocks({ title, subtitle }: RichCard): readonly Block[] {
  return [...heading(title), ...subheading(subtitle)];
}

/** A title; bold text if it is too long for a header. */
function heading(title: string): readonly Block[] {
  const line = title.replace(/\s+/g, " ").trim();
  if (line === "") return [];
  if (line.length > limits.headerChars) return sections(bold(line));
  return [{ type: "header", text: plainText(line) }];
}

function subheading(subtitle: string): readonly Block[] {
  const [text, ...more] = toMrkdwnParts(subtitle, limits.contextChars);
  if (text === undefined) return [];
  if (more.length > 0) return sections(subtitle);
  return [{ type: "context", elements: [mrkdwn(text)] }];
}

function withThumbnail(blocks: readonly Block[], url: string): readonly Block[] {
  if (url === "") return blocks;
  const at = blocks.findIndex((block) => block.type === "section" && block.fields === undefined);
  if (at < 0 || !isPictureAddress(url)) return [...blocks, ...picture(url, "")];
  const accessory = { type: "image", image_url: url, alt_text: altText("") } as const;
  return blocks.map((block, index) =>
    index === at && block.type === "section" ? { ...block, accessory } : block,
  );
}

function contentBlocks({ content }: RichBlock): readonly Block[] {
  switch (content.case) {
    case "text":
      return sections(titled(content.value.title, content.value.text));
    case "list":
      return sections(titled(content.value.title, content.value.items.map(bullet).join("\n")));
    case "table":
      return [...sections(bold(content.value.title)), ...tableTexts(content.value).map(section)];
    case "label":
      return labelBlocks(content.value);
    case "images":
      return imageBlocks(content.value);
    case undefined:
      return [];
  }
}

function imageBlocks({ title, urls }: RichImagesBlock): readonly Block[] {
  return urls.flatMap((url) => picture(url, title));
}

/** Pairs side by side; a pair that is too long for a field gets its own sections. */
function labelBlocks({ title, labels }: RichLabelBlock): readonly Block[] {
  const blocks: Block[] = [...sections(bold(title))];
  let fields: string[] = [];
  const endRow = (): void => {
    if (fields.length > 0) blocks.push({ type: "section", fields: fields.map(mrkdwn) });
    fields = [];
  };
  for (const label of labels.filter(({ key, value }) => key !== "" || value !== "")) {
    const parts = toMrkdwnParts(pair(label), limits.fieldChars);
    const [only, ...more] = parts;
    if (only !== undefined && more.length === 0) fields.push(only);
    if (more.length > 0) {
      endRow();
      blocks.push(...parts.map(section));
    }
    if (fields.length === limits.fields) endRow();
  }
  endRow();
  return blocks;
}

function pair({ key, value }: RichLabel): string {
  return titled(key, value);
}

function titled(title: string, body: string): string {
  return [bold(title), body].filter((part) => part.trim() !== "").join("\n");
}

function bold(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" || line.includes("*") ? line : `**${line}**`;
}

function bullet(item: string): string {
  return `• ${item.replaceAll("\n", "\n  ")}`;
}

function altText(title: string): string {
  return clamp(escapeText(title).trim() || "picture", limits.altChars);
}
