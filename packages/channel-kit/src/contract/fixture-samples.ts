import { readdirSync, readFileSync } from "node:fs";
import type { Samples } from "./under-test/channel-under-test.ts";

/** Samples with every part, so that no file of the folder goes unused. */
export type FixtureSamples = Required<Samples>;

const expectedEnd = ".expected.json";

/**
 * The samples of a folder of fixtures. `<name>.json` is a body, `<name>.expected.json` its expected event. Names that
 * start with `own-` are events of our own bot.
 */
export function samplesIn(folder: URL): FixtureSamples {
  const samples = { messages: {}, own: {}, ignored: {}, handshakes: {} } satisfies FixtureSamples;
  for (const file of readdirSync(folder).filter((each) => each.endsWith(expectedEnd))) {
    const name = file.slice(0, -expectedEnd.length);
    const { kind }: { readonly kind?: unknown } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    const part = name.startsWith("own-") ? "own" : partOf(kind);
    Object.assign(samples[part], { [name]: readFileSync(new URL(`${name}.json`, folder), "utf8") });
  }
  return samples;
}

function partOf(kind: unknown): keyof FixtureSamples {
  if (kind === "message") return "messages";
  return kind === "handshake" ? "handshakes" : "ignored";
}
