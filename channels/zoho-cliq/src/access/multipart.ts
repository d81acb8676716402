import { randomUUID } from "node:crypto";
import type { KeptFile } from "@mio/channel-kit";

/** A file with its visible name. */
export interface NamedFile extends KeptFile {
  readonly name: string;
}

/** A form with files, as a stream. */
export interface MultipartForm {
  readonly contentType: string;
  readonly bytes: number;
  readonly stream: AsyncIterable<Uint8Array>;
}

/** Files and fields as `multipart/form-data`. It streams the files and keeps none in memory. */
export function multipartForm(
  files: readonly NamedFile[],
  fields: Readonly<Record<string, string>>,
): MultipartForm {
  const boundary = `mio-${randomUUID()}`;
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const simple = Object.entries(fields).map(([name, value]) =>
    encode(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  const parts = files.map((file) => ({ file, head: encode(`--${boundary}\r\n${fileHead(file)}\r\n\r\n`) }));
  const lineEnd = encode("\r\n");
  const end = encode(`--${boundary}--\r\n`);

  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* simple;
    for (const { file, head } of parts) {
      yield head;
      yield* file.body;
      yield lineEnd;
    }
    yield end;
  }

  const sizes = parts.map(({ file, head }) => head.length + file.bytes + lineEnd.length);
  const bytes = [...simple.map(({ length }) => length), ...sizes, end.length].reduce(
    (sum, size) => sum + size,
    0,
  );
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes, stream: stream() };
}

/** NOTE: a quote or line end in a name would end the header, so both are encoded as browsers do. */
function fileHead({ name, contentType }: NamedFile): string {
  const safe = name.toWellFormed().replaceAll(/["\r\n]/g, (sign) => encodeURIComponent(sign));
  const type = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\w!#$&^.+= "-]*)?$/.test(contentType)
    ? contentType
    : "application/octet-stream";
  return `content-disposition: form-data; name="file"; filename="${safe}"\r\ncontent-type: ${type}`;
}
