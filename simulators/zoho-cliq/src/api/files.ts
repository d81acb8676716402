import { type Answer, answers } from "./answer.ts";
import { type Call, type Platform, param } from "./call.ts";

/** The bytes of a file, for attachment links and `GET /api/v2/files/{id}`. */
export function downloadFile(platform: Platform, call: Call): Answer {
  const file = platform.state.findFile(param(call, "file"));
  if (!file) return answers.fileNotFound;
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`;
  return {
    status: 200,
    headers: { "content-disposition": disposition },
    contentType: file.mime,
    body: Buffer.from(file.bytes),
  };
}
