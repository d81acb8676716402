import { type Fields, fieldsOf, isEmpty, listOf, textOf, word } from "./fields.ts";
import { toMarkdown } from "./markup.ts";

/** The readable content of a part of a message. */
export interface ReadPart {
  /** In reading order, one paragraph each. */
  readonly texts: readonly string[];
  /** What Mio cannot read, by Cliq's names. */
  readonly unread: readonly string[];
}

/** Card, slides and buttons below a message; https://www.zoho.com/cliq/help/restapi/v2/messageformat/ */
export function readCard(message: Fields): ReadPart {
  const card = fieldsOf(message["card"]);
  const parts = [
    isEmpty(message["card"]) ? nothing : readHead(card),
    ...listOf(message["slides"]).map(readSlide),
    readButtons([...listOf(card["buttons"]), ...listOf(message["buttons"])]),
  ];
  return { texts: parts.flatMap(({ texts }) => texts), unread: parts.flatMap(({ unread }) => unread) };
}

const nothing: ReadPart = { texts: [], unread: [] };

/** Title, the options of a poll, and the sections of an inline card. */
function readHead(card: Fields): ReadPart {
  const title = toMarkdown(word(card["title"]));
  const options = listOf(card["options"]).map(labelOf).filter(isText);
  const elements = listOf(card["sections"]).flatMap((section) => listOf(fieldsOf(section)["elements"]));
  const sections = elements.map(readElement);
  const texts = [title, bullets(options), ...sections.flatMap((section) => section.texts)].filter(isText);
  const unread = sections.flatMap((section) => section.unread);
  return texts.length === 0 && unread.length === 0 ? { texts, unread: ["card"] } : { texts, unread };
}

function readElement(value: unknown): ReadPart {
  const element = fieldsOf(value);
  const text = labelOf(element);
  const data = text === "" ? readData(element["data"]) : toMarkdown(text);
  if (data !== "") return { texts: [data], unread: [] };
  return { texts: [], unread: [`card.sections:${word(element["type"])}`] };
}

function readSlide(value: unknown): ReadPart {
  const slide = fieldsOf(value);
  const type = word(slide["type"]);
  const body = type === "table" ? table(fieldsOf(slide["data"])) : readData(slide["data"]);
  const buttons = readButtons(listOf(slide["buttons"]));
  const texts = [toMarkdown(word(slide["title"])), body, ...buttons.texts].filter(isText);
  return { texts, unread: [...(body === "" ? [`slides:${type}`] : []), ...buttons.unread] };
}

/** A text, or a list of texts or of names with values. */
function readData(data: unknown): string {
  const text = textOf(data);
  if (text !== "") return toMarkdown(text);
  const lines = listOf(data).map((item) => word(item) || pairs(fieldsOf(item)));
  if (!lines.every(isText)) return "";
  return bullets(lines);
}

function pairs(item: Fields): string {
  const named = Object.entries(item).map(([key, value]) => [key, word(value)] as const);
  if (!named.every(([, value]) => isText(value))) return "";
  return named.map(([key, value]) => `${key}: ${value}`).join(", ");
}

/** A Markdown table; empty if it has no columns. */
function table({ headers, rows }: Fields): string {
  const columns = listOf(headers).map((header) => word(header));
  if (columns.length === 0) return "";
  const cells = listOf(rows).map((row) => columns.map((column) => word(fieldsOf(row)[column])));
  const [head, ...body] = [columns, ...cells].map((line) => line.map(cell));
  return [head ?? [], columns.map(() => "---"), ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cell(text: string): string {
  return toMarkdown(text.replaceAll(/\r?\n/g, " ")).replaceAll("|", "\\|");
}

function readButtons(buttons: readonly unknown[]): ReadPart {
  const labels = buttons.map((button) => labelOf(fieldsOf(button)["object"]) || labelOf(button));
  const texts = labels.filter(isText);
  const unread = texts.length < labels.length ? ["buttons"] : [];
  return { texts: texts.length === 0 ? [] : [texts.map((label) => `[${label}]`).join(" ")], unread };
}

function labelOf(value: unknown): string {
  const { label, text, title, name, value: own } = fieldsOf(value);
  return [value, label, text, title, name, own].map((one) => word(one)).find(isText) ?? "";
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${toMarkdown(line).replaceAll("\n", "\n  ")}`).join("\n");
}

function isText(text: string): boolean {
  return text !== "";
}
