import type { SlackBlocks } from "./slack-event.ts";

/** Deeper nesting than any layout of Slack's. */
const maxDepth = 24;
/** The parts of a block that people see, in the order in which they see them. */
const visibleParts = ["pretext", "title", "text", "fields", "elements", "rows", "accessory"] as const;
/** Parts that stand on a line of their own. */
const ownLine = /^(rich_text_(section|preformatted|quote|list)|section|header|context|table)$/;

/** The text of Block Kit blocks and of an app's own attachments; link previews are not part of a message. */
export function blockText(blocks: unknown, attachments: unknown): SlackBlocks {
  const listed = Array.isArray(blocks) ? blocks : [];
  const posted = (Array.isArray(attachments) ? attachments : []).filter((one) => !isPreview(one));
  const text = [...listed, ...posted.map(attachmentText)]
    .map((block) => textOf(block, 0).trim())
    .filter((line) => line !== "")
    .join("\n");
  return { text, byApp: posted.length > 0 || listed.some((block) => field(block, "type") !== "rich_text") };
}

/** Slack unfurls links after the message was posted; what it adds names the address it came from. */
function isPreview(attachment: unknown): boolean {
  return ["from_url", "original_url", "is_msg_unfurl", "is_app_unfurl"].some((name) => {
    const value = field(attachment, name);
    return value !== undefined && value !== false && value !== "";
  });
}

function attachmentText(attachment: unknown): unknown {
  const laidOut = { elements: [field(attachment, "blocks")] };
  if (textOf(laidOut, 0).trim() !== "") return laidOut;
  const plain = ["pretext", "title", "text"].some((name) => textOf(field(attachment, name), 0) !== "");
  return plain ? attachment : field(attachment, "fallback");
}

function textOf(node: unknown, depth: number): string {
  if (typeof node === "string") return node;
  if (typeof node !== "object" || node === null || depth > maxDepth) return "";
  if (Array.isArray(node)) return node.map((part) => textOf(part, depth + 1)).join("");
  const leaf = leafText(node);
  if (leaf !== undefined) return leaf;
  const inner = visibleParts.map((name) => textOf(field(node, name), depth + 1)).filter(Boolean);
  const text = inner.join("\n");
  return ownLine.test(word(node, "type")) && text !== "" ? `${text}\n` : text;
}

/** What has no text of its own is spelled as in a message's text. */
function leafText(node: object): string | undefined {
  switch (word(node, "type")) {
    case "user":
      return `<@${word(node, "user_id")}>`;
    case "usergroup":
      return `<!subteam^${word(node, "usergroup_id")}>`;
    case "channel":
      return `<#${word(node, "channel_id")}>`;
    case "broadcast":
      return `<!${word(node, "range")}>`;
    case "emoji":
      return `:${word(node, "name")}:`;
    case "link":
      return word(node, "text") || word(node, "url");
    case "date":
      return word(node, "fallback");
    case "image":
      return word(node, "alt_text");
    default:
      return undefined;
  }
}

function field(node: unknown, name: string): unknown {
  return typeof node === "object" && node !== null ? (node as Record<string, unknown>)[name] : undefined;
}

function word(node: unknown, name: string): string {
  const value = field(node, name);
  return typeof value === "string" ? value : "";
}
