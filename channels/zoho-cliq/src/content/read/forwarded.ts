import type { ReadPart } from "./card.ts";
import { fieldsOf, isEmpty, listOf, textOf, word } from "./fields.ts";
import { toMarkdown } from "./markup.ts";

/** Forwarded messages, each as a quotation under its author's name. */
export function readForwarded(value: unknown): ReadPart {
  const texts: string[] = [];
  const unread: string[] = [];
  for (const item of isEmpty(value) ? [] : listOf(value)) {
    const quotation = quotationOf(item);
    if (quotation === "") unread.push("forwarded_message");
    else texts.push(quotation);
  }
  return { texts, unread };
}

function quotationOf(item: unknown): string {
  const message = fieldsOf(item);
  const file = word(fieldsOf(message["file"])["name"]);
  const said = [textOf(item) || textOf(message["content"]), word(message["comment"])].map(toMarkdown);
  const words = [...said, file].filter(Boolean);
  if (words.length === 0) return "";
  const author = word(fieldsOf(message["sender"])["name"]);
  const lines = [...(author === "" ? [] : [`${author}:`]), ...words].join("\n").split("\n");
  return lines.map((line) => `> ${line}`).join("\n");
}
