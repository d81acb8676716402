import { readCard } from "./card.ts";
import type { CliqMention, CliqMessage, CliqRepliedMessage } from "./cliq-message.ts";
import { type Fields, fieldsOf, isEmpty, listOf, textOf, time, word } from "./fields.ts";
import { readFiles } from "./files.ts";
import { readForwarded } from "./forwarded.ts";
import { toMarkdown } from "./markup.ts";
import { readPlace } from "./place.ts";

/** Fields next to the message in a handler's body. */
export interface Beside {
  /** Further files, or their names. */
  readonly attachments: unknown;
  readonly mentions: unknown;
  /** The message that this one replies to. */
  readonly replyTo: unknown;
}

/** The fields that Mio reads, or that contain nothing visible. */
const known: ReadonlySet<string> = new Set([
  ...["id", "time", "type", "text", "comment", "content", "mentions", "file", "files", "attachments"],
  ...[
    "replied_message",
    "reply_to",
    "card",
    "slides",
    "buttons",
    "link",
    "location",
    "contact",
    "forwarded_message",
  ],
  ...["sender", "user", "chat", "bot", "reactions", "styles", "thumbnail", "links", "read_receipts"],
]);

/** Types of messages whose content is in the fields above. */
const readTypes: ReadonlySet<string> = new Set([
  ...["", "text", "file", "attachment", "link", "message_edit", "image", "video", "audio", "voice"],
]);

/** Parses a forwarded message: everything visible once, in reading order, and the names of the rest. */
export function readMessage(raw: Fields, beside: Beside): CliqMessage {
  const content = fieldsOf(raw["content"]);
  const { files, comments, unread: unreadFiles } = readFiles(raw, beside.attachments);
  const parts = [
    { texts: [...wordsOf(raw, content), ...comments].map(toMarkdown), unread: unreadFiles },
    readPlace({ ...content, ...raw }),
    readCard({ ...content, ...raw }),
    readForwarded(raw["forwarded_message"]),
  ];
  const texts = parts.flatMap((part) => part.texts);
  const unread = [...parts.flatMap((part) => part.unread), ...unknownFields(raw)];
  const type = word(raw["type"]);
  const isBare = texts.every((text) => text === "") && files.length === 0 && unread.length === 0;
  const [file, ...others] = isListed(raw, content) ? [undefined, ...files] : files;
  return {
    id: word(raw["id"]),
    time: time(raw["time"]),
    text: [...new Set(texts)].filter((text) => text !== "").join("\n\n"),
    mentions: mentionsOf(isEmpty(raw["mentions"]) ? beside.mentions : raw["mentions"]),
    file,
    attachments: others.filter((one) => one !== undefined),
    repliedMessage: repliedOf(raw["replied_message"]) ?? repliedOf(raw["reply_to"] ?? beside.replyTo),
    unread: isBare && !readTypes.has(type) ? [`type:${type}`] : [...new Set(unread)],
  };
}

/** The person's words: the text, and comments on a file or link. */
function wordsOf(raw: Fields, content: Fields): readonly string[] {
  const text = textOf(raw["text"]) || textOf(raw["content"]);
  const comment = word(raw["comment"]) || word(content["comment"]);
  const link = fieldsOf(raw["link"]);
  const url = word(raw["link"]) || word(link["url"]);
  const isShown = [text, comment].some((words) => words.includes(url));
  const title = word(link["title"]);
  return [text, comment, isShown ? "" : [title, url].filter(Boolean).join(": ")];
}

/** Whether the message has its files only in a list. */
function isListed(raw: Fields, content: Fields): boolean {
  return isEmpty(raw["file"]) && isEmpty(content["file"]);
}

function unknownFields(raw: Fields): readonly string[] {
  const isContent = ([key, value]: readonly [string, unknown]): boolean =>
    !known.has(key) && typeof value === "object" && !isEmpty(value);
  return Object.entries(raw)
    .filter(isContent)
    .map(([key]) => key);
}

function mentionsOf(value: unknown): readonly CliqMention[] {
  return listOf(value).map((one) => {
    const { id, name, dname, type } = fieldsOf(one);
    return { id: word(id), name: word(name), dname: word(dname), type: word(type) };
  });
}

/** The message replied to: all known fields, or only its id. */
function repliedOf(value: unknown): CliqRepliedMessage | undefined {
  const replied = typeof value === "object" ? fieldsOf(value) : { id: value };
  const id = word(replied["id"]);
  if (id.trim() === "") return undefined;
  const sender = fieldsOf(replied["sender"]);
  return {
    id,
    text: textOf(replied["text"]) || textOf(replied["content"]),
    senderId: word(sender["id"]),
    senderName: word(sender["name"]),
    time: time(replied["time"]),
    type: word(replied["type"]),
  };
}
