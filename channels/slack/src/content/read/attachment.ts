import type { BlockContent, PhrasingContent } from "mdast";
import { type BlockReading, readBlocks, textBlocks } from "./blocks.ts";
import { controlLabels } from "./controls.ts";
import { field, list, word } from "./fields.ts";
import { decodeEntities, readMrkdwn } from "./mrkdwn.ts";
import { image, maybeLink, onOneLine, paragraph, plainParagraphs, strong, text } from "./tree.ts";

/**
 * Whether an attachment is a link preview, which Slack adds later. Like a shared or forwarded message, it names the
 * address it came from.
 */
export function isPreview(attachment: unknown): boolean {
  if (field(attachment, "is_share") === true) return false;
  return ["from_url", "original_url", "is_msg_unfurl", "is_app_unfurl"].some((name) => {
    const value = field(attachment, name);
    return value !== undefined && value !== null && value !== false && value !== "";
  });
}

/** The files of shared or forwarded messages. */
export function sharedFiles(attachments: unknown): readonly unknown[] {
  const shared = (Array.isArray(attachments) ? attachments : []).filter((one) => !isPreview(one));
  return shared.flatMap((attachment) => list(attachment, "files"));
}

/**
 * An attachment as people see it below a message. A shared or forwarded message becomes a quote with its author's
 * name.
 */
export function readAttachment(attachment: unknown, reading: BlockReading): readonly BlockContent[] {
  const body = [...readBody(attachment, reading)];
  if (body.length === 0 && list(attachment, "files").length === 0) reading.unread.add("attachment");
  if (field(attachment, "is_share") !== true) return body;
  const author =
    word(attachment, "author_name") || word(attachment, "author_subname") || word(attachment, "author_id");
  const source = word(attachment, "from_url");
  const byline =
    author === "" && source === "" ? [] : paragraph(maybeLink(`${author || source}`, source), text(":"));
  const children = [...byline, ...body];
  return children.length === 0 ? [] : [{ type: "blockquote", children }];
}

function readBody(attachment: unknown, reading: BlockReading): readonly BlockContent[] {
  const laidOut = [...readBlocks(list(attachment, "blocks"), reading), ...quotedBlocks(attachment, reading)];
  const legacy = readLegacy(attachment, laidOut.length > 0);
  const all = [...legacy.above, ...laidOut, ...legacy.below];
  return all.length > 0 ? all : readMrkdwn(word(attachment, "fallback"));
}

/** A shared message has its own layout. */
function quotedBlocks(attachment: unknown, reading: BlockReading): readonly BlockContent[] {
  return list(attachment, "message_blocks").flatMap((quoted) =>
    readBlocks(list(field(quoted, "message"), "blocks"), reading),
  );
}

interface Legacy {
  readonly above: readonly BlockContent[];
  readonly below: readonly BlockContent[];
}

/** The fields of attachments from before blocks existed. If there is a layout, Slack shows it instead of the text. */
function readLegacy(attachment: unknown, isLaidOut: boolean): Legacy {
  const isShare = field(attachment, "is_share") === true;
  const title = decodeEntities(word(attachment, "title"));
  const author = isShare ? "" : decodeEntities(word(attachment, "author_name"));
  return {
    above: [
      ...readMrkdwn(word(attachment, "pretext")),
      ...paragraph(maybeLink(author, author === "" ? "" : word(attachment, "author_link"))),
      ...(title === "" ? [] : paragraph(strong(maybeLink(title, word(attachment, "title_link"))))),
      ...(isLaidOut ? [] : readMrkdwn(word(attachment, "text"))),
    ],
    below: [
      ...list(attachment, "fields").flatMap(readField),
      ...pictures(attachment),
      ...paragraph(...controlLabels(list(attachment, "actions"))),
      ...plainParagraphs(decodeEntities(word(attachment, "footer"))),
    ],
  };
}

function readField(one: unknown): readonly BlockContent[] {
  const title = onOneLine(textBlocks(word(one, "title")));
  const [first, ...others] = readMrkdwn(word(one, "value"));
  const name: PhrasingContent[] = title.length === 0 ? [] : [strong(...title), text(": ")];
  if (first?.type === "paragraph") return [...paragraph(...name, ...first.children), ...others];
  return [...paragraph(...name), ...(first === undefined ? [] : [first]), ...others];
}

function pictures(attachment: unknown): readonly BlockContent[] {
  const url = word(attachment, "image_url") || word(attachment, "thumb_url");
  return url === "" ? [] : paragraph(image(url, word(attachment, "image_alt") || word(attachment, "title")));
}
