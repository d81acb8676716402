/** Markup that needs no escaping any more; made by {@link html} alone. */
export interface Html {
  readonly markup: string;
}

export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** Builds markup from a template; every value that is not markup itself is escaped. */
export function html(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { markup: template.map((chunk, index) => chunk + toMarkup(values[index])).join("") };
}

/** Takes text of our own that must not be escaped, such as a style sheet. Never give it anything from outside. */
export function trusted(text: string): Html {
  return { markup: text };
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return "markup" in value ? value.markup : value.map(toMarkup).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
