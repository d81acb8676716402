import { allowsBroadcast, DeliveryError } from "@mio/channel-kit";
import { type Attachment, Attachment_Kind, type SendCommand } from "@mio/proto";
import { type Block, isPictureAddress, limits, section } from "./block.ts";
import { unescapeText } from "./escape.ts";
import { linkToken } from "./links.ts";
import { pagesOf, pageText, textsOf } from "./pages.ts";
import { picture, richBlocks } from "./rich-blocks.ts";
import { toMrkdwnPartsInTurns } from "./to-mrkdwn.ts";
import { blockWithoutBroadcasts, withoutBroadcasts } from "./without-broadcasts.ts";
import { wordsOf } from "./words.ts";

/** The longest text of one message; https://docs.slack.dev/reference/methods/chat.postMessage */
export const maxTextChars: number = 4_000;

/** Our own limit: more messages in a row are a flood, and formatting a longer text would delay all accounts. */
const maxTextParts = 20;

/** One message. If it has blocks, Slack shows the text only in notifications. */
export interface Part {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The content of a command: messages, of which an edit addresses the first, and files. */
export interface Composition {
  readonly parts: readonly Part[];
  readonly files: readonly Attachment[];
}

/**
 * Lays a command out as messages within Slack's limits. Deterministic.
 *
 * @throws DeliveryError `permanent`: `invalid` if there is nothing to show, `too_long` for more than 80,000
 * characters.
 */
export async function compose(command: SendCommand): Promise<Composition> {
  const files = command.attachments.filter(({ storageKey }) => storageKey !== "");
  const linked = command.attachments.filter(({ storageKey }) => storageKey === "");
  const pictures = linked.filter(isPicture);
  const links = linked.filter((attachment) => !isPicture(attachment)).map(toLink);
  const markdown = [command.text, ...links].filter((line) => line.trim() !== "").join("\n");
  if (markdown.length > maxTextParts * maxTextChars) throw tooLong();
  const blocks = [
    ...(command.richContent === undefined ? [] : richBlocks(command.richContent)),
    ...pictures.flatMap(({ url, filename }) => picture(url, filename)),
  ];
  const laidOut = await (blocks.length === 0 ? plainParts(markdown) : richParts(markdown, blocks));
  const parts = allowsBroadcast(command) ? laidOut : laidOut.map(quiet);
  if (parts.length === 0 && files.length === 0)
    throw nothing("The command has no text, content or attachment.");
  return { parts, files };
}

/** Turns mentions of everyone into plain words. Every text of a command passes here. */
function quiet({ text, blocks }: Part): Part {
  return { text: withoutBroadcasts(text), blocks: blocks.map(blockWithoutBroadcasts) };
}

async function plainParts(markdown: string): Promise<readonly Part[]> {
  const texts = await toMrkdwnPartsInTurns(markdown, maxTextChars);
  return texts.map((text) => ({ text, blocks: [] }));
}

/** The text is placed above the blocks, unless they contain it. A long text is sent in messages before them. */
async function richParts(markdown: string, blocks: readonly Block[]): Promise<readonly Part[]> {
  if (saysAlready(blocks, markdown)) return await withBlocks(blocks, markdown);
  const [lead, ...more] = await toMrkdwnPartsInTurns(markdown, limits.sectionChars);
  if (lead === undefined) return await withBlocks(blocks, "");
  if (more.length > 0) return [...(await plainParts(markdown)), ...(await withBlocks(blocks, ""))];
  return await withBlocks([section(lead), ...blocks], markdown);
}

async function withBlocks(blocks: readonly Block[], markdown: string): Promise<readonly Part[]> {
  const [first] = await toMrkdwnPartsInTurns(markdown, maxTextChars);
  return pagesOf(blocks).map((page, index) => ({
    text: (index === 0 ? first : undefined) ?? pageText(page),
    blocks: page,
  }));
}

/** Whether the blocks contain each line of the text, ignoring markup. */
function saysAlready(blocks: readonly Block[], markdown: string): boolean {
  const said = wordsOf(blocks.flatMap(textsOf).map(unescapeText).join("\n"));
  return markdown.split("\n").every((line) => said.includes(wordsOf(line)));
}

function isPicture({ kind, url }: Attachment): boolean {
  return kind === Attachment_Kind.IMAGE && isPictureAddress(url);
}

function toLink({ url, filename }: Attachment): string {
  if (url === "") throw nothing("An attachment has neither kept content nor an address.");
  return /^https?:/i.test(url) ? linkToken(url, filename) : `${filename} ${url}`.trim();
}

function tooLong(): DeliveryError {
  const message = `The text is longer than ${maxTextParts * maxTextChars} characters; send it as a file.`;
  return new DeliveryError({ kind: "permanent", reason: "too_long", message });
}

function nothing(message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "invalid", message });
}
