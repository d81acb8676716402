import type { FormParts } from "./call.ts";

/** The parts of a multipart body; undefined when it cannot be parsed. */
export async function parseForm(body: Uint8Array, contentType: string): Promise<FormParts | undefined> {
  try {
    const headers = { "content-type": contentType };
    const form = await new Response(new Uint8Array(body), { headers }).formData();
    const files: FormParts["files"][number][] = [];
    const fields: Record<string, string> = {};
    for (const [name, value] of form) {
      if (typeof value === "string") fields[name] = value;
      else if (name === "file") {
        files.push({ name: value.name, mime: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
      }
    }
    return { files, fields };
  } catch {
    return undefined;
  }
}
