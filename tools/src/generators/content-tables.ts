import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Generator } from "./generator.ts";
import { markdownTable } from "./markdown-table.ts";
import { repositoryRoot } from "./repository.ts";

const start = "<!-- content:start -->";
const end = "<!-- content:end -->";
const expectedEnd = ".expected.json";

/** The result of one recorded event, as shown in the table. */
const golden = z.object({
  kind: z.string(),
  reason: z.string().optional(),
  message: z
    .object({
      text: z.string().optional(),
      relation: z.object({ kind: z.string(), reaction_emoji: z.string().optional() }).optional(),
      attachments: z.array(z.object({ kind: z.string().optional() })).optional(),
      attributes: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
type Golden = z.output<typeof golden>;

/** The page of each channel under docs/channels; the part between the markers is generated from its fixtures. */
export function contentTables(): readonly Generator[] {
  return globSync("channels/*/fixtures", { cwd: repositoryRoot })
    .toSorted()
    .flatMap((folder): readonly Generator[] => {
      const path = `docs/channels/${basename(join(folder, ".."))}.md`;
      const file = join(repositoryRoot, path);
      if (!existsSync(file)) return [];
      const render = (): string =>
        replaceContentTable(
          readFileSync(file, "utf8"),
          contentTable(join(repositoryRoot, folder), `../../${folder}`),
        );
      return [{ path, render }];
    });
}

/** Puts a table between the markers of a text. */
export function replaceContentTable(text: string, table: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`a page of a channel needs ${start} and ${end}`);
  return `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`;
}

/** One row per recorded event of a folder: its content, the agent's message, and the file. */
export function contentTable(folder: string, link: string): string {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(expectedEnd))
    .map((file) => file.slice(0, -expectedEnd.length))
    .toSorted();
  const rows = names.map((name) => {
    const result = golden.parse(JSON.parse(readFileSync(join(folder, name + expectedEnd), "utf8")));
    return [name.replaceAll("-", " "), outcomeOf(result), `[${name}](${link}/${name}.json)`];
  });
  return markdownTable(["Event or content", "What an agent gets", "Fixture"], rows);
}

function outcomeOf({ kind, reason, message }: Golden): string {
  if (kind === "ignored") return `nothing: ignored as \`${reason ?? ""}\``;
  if (message === undefined) return `nothing: ${kind}`;
  const files = (message.attachments ?? []).map((one) =>
    (one.kind ?? "KIND_FILE").replace("KIND_", "").toLowerCase(),
  );
  const unread = Object.entries(message.attributes ?? {}).filter(([key]) =>
    /_(?:unread_content|withheld_files)$/.test(key),
  );
  const parts = [
    relationOf(message.relation),
    codeOf(message.text ?? ""),
    files.length === 0 ? "" : `attachments: ${files.join(", ")}`,
    ...unread.map(([key, value]) => `\`${key}\`: ${value}`),
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function relationOf(relation: NonNullable<Golden["message"]>["relation"]): string {
  if (relation === undefined) return "message";
  const emoji = relation.reaction_emoji === undefined ? "" : ` \`${relation.reaction_emoji}\``;
  return relation.kind.replace("KIND_", "") + emoji;
}

/** The beginning of a text on one line, as code. */
function codeOf(text: string): string {
  const line = text.replaceAll("\n", "⏎").replaceAll("`", "ˋ").replace(/\p{C}/gu, "·");
  if (line.trim() === "") return "";
  const letters = Array.from(line);
  return `\`${letters.slice(0, 120).join("")}${letters.length > 120 ? "…" : ""}\``;
}
