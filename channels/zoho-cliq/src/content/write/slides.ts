import { type Attachment, Attachment_Kind, type RichBlock, type RichLabel } from "@mio/proto";
import { type TableData, tableData } from "./table.ts";

/** One piece of content below the text of a message. */
export interface Slide {
  readonly type: "text" | "list" | "table" | "label" | "images";
  readonly title?: string;
  readonly data: string | readonly string[] | TableData | readonly Readonly<Record<string, string>>[];
}

/** The blocks in order, without empty ones. */
export function blockSlides(blocks: readonly RichBlock[]): readonly Slide[] {
  return blocks.flatMap((block) => toSlide(block) ?? []);
}

function toSlide({ content }: RichBlock): Slide | undefined {
  switch (content.case) {
    case "text":
      return slide("text", content.value.title, content.value.text.trim() === "" ? "" : content.value.text);
    case "list":
      return slide("list", content.value.title, content.value.items.filter(isFilled));
    case "table": {
      const data = tableData(content.value);
      return data && titled({ type: "table", data }, content.value.title);
    }
    case "label":
      return slide("label", content.value.title, content.value.labels.flatMap(labelEntry));
    case "images":
      return slide("images", content.value.title, content.value.urls.filter(isFilled));
    case undefined:
      return undefined;
  }
}

function slide(
  type: Exclude<Slide["type"], "table">,
  title: string,
  data: string | readonly string[] | readonly Readonly<Record<string, string>>[],
): Slide | undefined {
  return data.length === 0 ? undefined : titled({ type, data }, title);
}

function titled({ type, data }: Slide, title: string): Slide {
  return isFilled(title) ? { type, title, data } : { type, data };
}

function labelEntry({ key, value }: RichLabel): readonly Readonly<Record<string, string>>[] {
  return isFilled(key) && isFilled(value) ? [{ [key]: value }] : [];
}

/** Files by address: pictures are shown, others are listed. */
export function linkSlides(attachments: readonly Attachment[]): readonly Slide[] {
  const pictures = attachments.filter(({ kind }) => kind === Attachment_Kind.IMAGE);
  const others = attachments.filter(({ kind }) => kind !== Attachment_Kind.IMAGE);
  const urls = pictures.map(({ url }) => url);
  const links = others.map(({ filename, url }) => ({ [filename || url]: url }));
  return [
    ...(urls.length > 0 ? [{ type: "images", title: "Images", data: urls } as const] : []),
    ...(links.length > 0 ? [{ type: "label", title: "Attachments", data: links } as const] : []),
  ];
}

function isFilled(text: string): boolean {
  return text.trim() !== "";
}
