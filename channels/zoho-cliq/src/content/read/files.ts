import type { CliqFile } from "./cliq-message.ts";
import { type Fields, fieldsOf, isEmpty, listOf, word } from "./fields.ts";

export interface ReadFiles {
  readonly files: readonly CliqFile[];
  /** People's comments on single files. */
  readonly comments: readonly string[];
  readonly unread: readonly string[];
}

/** The files of a message: one object, several, or bare names, in any place where handlers put them. */
export function readFiles(message: Fields, listed: unknown): ReadFiles {
  const content = fieldsOf(message["content"]);
  const places = {
    file: message["file"] ?? content["file"],
    files: message["files"] ?? content["files"],
    attachments: isEmpty(message["attachments"]) ? listed : message["attachments"],
  };
  const files = new Map<string, CliqFile>();
  const comments: string[] = [];
  const unread: string[] = [];
  for (const [place, value] of Object.entries(places)) {
    for (const item of listOf(value)) {
      const file = toFile(item, word(message["type"]));
      if (file === undefined) unread.push(place);
      else files.set(file.url || file.name, { ...file, ...files.get(file.url || file.name) });
      comments.push(word(fieldsOf(item)["comment"]));
    }
  }
  return { files: [...files.values()], comments, unread };
}

/** Types of messages that name their file's type if the file does not. */
const kinds: ReadonlySet<string> = new Set(["audio", "image", "video"]);

function toFile(value: unknown, messageType: string): CliqFile | undefined {
  const file = typeof value === "string" ? { name: value } : fieldsOf(value);
  const name = word(file["name"]) || word(file["id"]);
  const url = word(file["url"]);
  if (name === "" && url === "") return undefined;
  const type = word(file["type"]) || word(file["contenttype"]) || word(file["content_type"]);
  const kind = messageType === "voice" ? "audio" : messageType;
  return { name, type: type || (kinds.has(kind) ? `${kind}/*` : ""), url };
}
