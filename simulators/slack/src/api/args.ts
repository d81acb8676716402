/** The arguments of one call, from query, form or JSON. */
export interface Args {
  /** Slack treats an empty value as absent. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number | undefined;
  /** A JSON value, also inside a form. Undefined when absent, `malformed` when it cannot be parsed. */
  json(name: string): { readonly value: unknown } | "malformed" | undefined;
}

/** Parses query, form, multipart and JSON bodies. Undefined when the body does not match its content type. */
export async function readArgs(request: {
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Uint8Array;
}): Promise<Args | undefined> {
  const { query, contentType, body } = request;
  const fields = await readBody(contentType, body);
  return fields && toArgs({ ...Object.fromEntries(query), ...fields });
}

async function readBody(
  contentType: string,
  body: Uint8Array,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (body.byteLength === 0) return {};
  const text = (): string => new TextDecoder().decode(body);
  if (contentType.startsWith("application/json")) return parseObject(text());
  if (contentType.startsWith("multipart/form-data")) {
    const response = new Response(new Uint8Array(body), { headers: { "content-type": contentType } });
    const form = await response.formData().catch(() => undefined);
    return form && Object.fromEntries(form);
  }
  return Object.fromEntries(new URLSearchParams(text()));
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function toArgs(fields: Readonly<Record<string, unknown>>): Args {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    if (typeof value === "string") return value === "" ? undefined : value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  };
  return {
    text,
    flag: (name) => ["true", "1"].includes(text(name) ?? ""),
    number: (name) => {
      const value = Number(text(name) ?? Number.NaN);
      return Number.isFinite(value) ? value : undefined;
    },
    json(name) {
      const value = fields[name];
      if (value === undefined || value === null || value === "") return undefined;
      if (typeof value !== "string") return { value };
      try {
        return { value: JSON.parse(value) };
      } catch {
        return "malformed";
      }
    },
  };
}
