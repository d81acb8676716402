import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const end = ".json";
const expectedEnd = ".expected.json";

/** The result of one event; the golden test compares all other fields. */
const golden = z.object({
  kind: z.string(),
  message: z.object({ relation: z.object({ kind: z.string() }).optional() }).optional(),
});

/**
 * Returns one complaint per missing part of a folder of recorded events. Each body has its result. There is a message, an
 * event of our own bot, and one of every change that the channel claims to report.
 */
export function findFixtureProblems(folder: string, changes: readonly string[]): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(end));
  const results = files.filter((file) => file.endsWith(expectedEnd));
  const bodies = files.filter((file) => !file.endsWith(expectedEnd));
  const goldens = results.map((file) => golden.parse(JSON.parse(readFileSync(join(folder, file), "utf8"))));
  const relations = new Set(goldens.map(({ message }) => message?.relation?.kind));
  return [
    ...without(
      bodies.map((file) => file.slice(0, -end.length) + expectedEnd),
      results,
    ),
    ...without(
      results.map((file) => file.slice(0, -expectedEnd.length) + end),
      bodies,
    ),
    ...(goldens.some(({ kind }) => kind === "message") ? [] : ["no event becomes a message"]),
    ...(bodies.some((file) => file.startsWith("own-")) ? [] : ["has no own-*.json, an event of our own bot"]),
    ...changes
      .filter((change) => !relations.has(`KIND_${change.toUpperCase()}`))
      .map((change) => `the contract test claims "${change}", and no event has that relation`),
  ];
}

function without(wanted: readonly string[], there: readonly string[]): readonly string[] {
  return wanted.filter((file) => !there.includes(file)).map((file) => `has no ${file}`);
}
