import type { z } from "zod";
import type { Env } from "./load-config.ts";
import { settingsOf } from "./setting.ts";

/** Variables that other parts of Mio read; a service ignores them. */
const readElsewhere: readonly string[] = ["MIO_NATS_SERVER", "MIO_POSTGRES_BIN"];

/** One sentence per variable that no schema reads. */
export interface UnknownSettings {
  /** Very similar to a known setting, so worth a warning. */
  readonly misspelt: readonly string[];
  /** Probably for another service or version that shares the environment. */
  readonly others: readonly string[];
}

/**
 * Finds variables named `MIO_*` that no schema reads, and suggests the probable name. They are never an error: one
 * environment may serve several services and versions.
 */
export function findUnknownSettings(schemas: readonly z.ZodObject[], env: Env): UnknownSettings {
  const settings = schemas.flatMap(settingsOf);
  const known = new Set([
    ...readElsewhere,
    ...settings.map(({ name }) => name),
    ...settings.filter(({ secret }) => secret).map(({ name }) => `${name}_FILE`),
  ]);
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith("MIO_") && !known.has(name))
    .toSorted()
    .map((name) => ({ name, meant: closest(name, known) }));
  return {
    misspelt: unknown.flatMap(({ name, meant }) =>
      meant === undefined ? [] : [`${name} is not a setting of this service; did you mean ${meant}?`],
    ),
    others: unknown.flatMap(({ name, meant }) =>
      meant === undefined ? [`${name} is not a setting of this service`] : [],
    ),
  };
}

const maxTypos = 3;

function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance <= maxTypos && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

/** Levenshtein distance: the number of single-character edits from `from` to `to`. */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, fromChar] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, toChar] of [...to].entries()) {
      const replaced = (above[column] ?? 0) + (fromChar === toChar ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
