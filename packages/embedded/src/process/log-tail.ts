import { readFile } from "node:fs/promises";

/** The last lines that a server wrote, for an error message. Never rejects. */
export async function readLogTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const lines = text.trim().split("\n").slice(-6).join("\n").slice(-1_500);
  return lines === "" ? "it wrote nothing." : lines;
}
