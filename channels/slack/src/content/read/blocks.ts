import type { BlockContent, PhrasingContent } from "mdast";
import { controlLabels } from "./controls.ts";
import { field, list, word } from "./fields.ts";
import { decodeEntities, readMrkdwn } from "./mrkdwn.ts";
import { readRichText } from "./rich-text.ts";
import { readTable } from "./table.ts";
import { image, link, maybeLink, onOneLine, paragraph, plainParagraphs, strong, text } from "./tree.ts";

/** Deeper than the nesting of any layout of Slack. */
const maxDepth = 12;

export interface BlockReading {
  /** The types that Mio cannot read. */
  readonly unread: Set<string>;
  readonly depth: number;
}

export function readBlocks(blocks: readonly unknown[], reading: BlockReading): readonly BlockContent[] {
  if (reading.depth > maxDepth) {
    reading.unread.add("nested");
    return [];
  }
  return blocks.flatMap((block) => readBlock(block, { ...reading, depth: reading.depth + 1 }));
}

type Reader = (block: unknown, reading: BlockReading) => readonly BlockContent[];

/** The reader of each type that Slack documents. */
const readers: Readonly<Record<string, Reader>> = {
  rich_text: (block, { unread }) => readRichText(block, unread),
  section: readSection,
  header: (block) => [{ type: "heading", depth: 1, children: inlineOf(field(block, "text")) }],
  context: readContext,
  divider: () => [{ type: "thematicBreak" }],
  image: readImage,
  video: readVideo,
  table: (block, { unread }) => readTable(block, unread),
  data_table: (block, { unread }) => [
    ...plainParagraphs(word(block, "caption")),
    ...readTable(block, unread),
  ],
  markdown: (block) => [{ type: "html", value: word(block, "text") }],
  file: (block) => paragraph(text(word(block, "external_id"))),
  input: readInput,
  actions: (block) => paragraph(...controlLabels(list(block, "elements"))),
  context_actions: (block) => paragraph(...controlLabels(list(block, "elements"))),
  call: readCall,
  alert: (block) => textBlocks(field(block, "text")),
  card: readCard,
  carousel: (block, reading) => readBlocks(list(block, "elements"), reading),
  container: readContainer,
  task_card: readTask,
  plan: (block, reading) => [
    ...paragraph(strong(text(word(block, "title")))),
    ...readBlocks(list(block, "tasks"), reading),
  ],
};

function readBlock(block: unknown, reading: BlockReading): readonly BlockContent[] {
  const type = word(block, "type");
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  return read === undefined ? readUnknown(block, reading) : read(block, reading);
}

/** Reads the fields that an unknown type shares with known ones, and records the type. */
function readUnknown(block: unknown, reading: BlockReading): readonly BlockContent[] {
  reading.unread.add(word(block, "type") || "?");
  return [
    ...textBlocks(field(block, "title")),
    ...textBlocks(field(block, "text")),
    ...readBlocks(list(block, "blocks"), reading),
  ];
}

/** A text object, or a plain string. */
export function textBlocks(object: unknown): readonly BlockContent[] {
  if (typeof object === "string") return plainParagraphs(decodeEntities(object));
  const value = word(object, "text");
  return word(object, "type") === "mrkdwn" ? readMrkdwn(value) : plainParagraphs(decodeEntities(value));
}

function inlineOf(object: unknown): PhrasingContent[] {
  return onOneLine(textBlocks(object));
}

function readSection(block: unknown): readonly BlockContent[] {
  const accessory = field(block, "accessory");
  const shown =
    word(accessory, "type") === "image" ? readImage(accessory) : paragraph(...controlLabels([accessory]));
  return [
    ...textBlocks(field(block, "text")),
    ...list(block, "fields").flatMap(textBlocks),
    ...(accessory === undefined ? [] : shown),
  ];
}

function readContext(block: unknown): readonly BlockContent[] {
  const parts = list(block, "elements").map((element) =>
    word(element, "type") === "image" ? onOneLine(readImage(element)) : inlineOf(element),
  );
  return paragraph(...parts.flatMap((part, index) => (index === 0 ? part : [text(" "), ...part])));
}

function readImage(block: unknown): readonly BlockContent[] {
  const url = word(block, "image_url") || word(field(block, "slack_file"), "url");
  const alt = decodeEntities(word(block, "alt_text"));
  return [
    ...textBlocks(field(block, "title")),
    ...paragraph(image(url, alt || word(field(block, "slack_file"), "id"))),
  ];
}

function readVideo(block: unknown): readonly BlockContent[] {
  const title = word(field(block, "title"), "text") || word(block, "alt_text");
  const from = [word(block, "author_name"), word(block, "provider_name")].filter(Boolean).join(", ");
  return [
    ...paragraph(
      strong(maybeLink(decodeEntities(title), word(block, "title_url") || word(block, "video_url"))),
    ),
    ...textBlocks(field(block, "description")),
    ...plainParagraphs(decodeEntities(from)),
  ];
}

function readInput(block: unknown): readonly BlockContent[] {
  return [
    ...textBlocks(field(block, "label")),
    ...paragraph(...controlLabels([field(block, "element")])),
    ...textBlocks(field(block, "hint")),
  ];
}

function readCall(block: unknown): readonly BlockContent[] {
  const call = field(field(block, "call"), "v1");
  return paragraph(maybeLink(word(call, "name") || word(block, "call_id"), word(call, "join_url")));
}

function readCard(block: unknown): readonly BlockContent[] {
  const pictures = [field(block, "hero_image"), field(block, "icon")].filter((one) => one !== undefined);
  return [
    ...pictures.flatMap(readImage),
    ...["title", "subtitle", "body", "subtext"].flatMap((name) => textBlocks(field(block, name))),
    ...paragraph(...controlLabels(list(block, "actions"))),
  ];
}

function readContainer(block: unknown, reading: BlockReading): readonly BlockContent[] {
  const title = field(block, "rich_text_title");
  return [
    ...(title === undefined ? textBlocks(field(block, "title")) : readBlocks([title], reading)),
    ...textBlocks(field(block, "subtitle")),
    ...readBlocks(list(block, "child_blocks"), reading),
  ];
}

function readTask(block: unknown, reading: BlockReading): readonly BlockContent[] {
  const status = word(block, "status").replaceAll("_", " ");
  const title = text(word(block, "title"));
  const sources = list(block, "sources").map((source) => link(word(source, "url"), word(source, "text")));
  const parts = [field(block, "details"), field(block, "output")].filter(
    (one) => one !== undefined && one !== null,
  );
  return [
    ...paragraph(strong(title), ...(status === "" ? [] : [text(` (${status})`)])),
    ...readBlocks(parts, reading),
    ...paragraph(...sources.flatMap((source, index) => (index === 0 ? [source] : [text(", "), source]))),
  ];
}
