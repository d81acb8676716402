import { readFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { newId } from "@mio/envelope";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { openPoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const sources = "/services/sender-pool/src/";

/** Which sources of the pool run functions between two calls of `entered`. */
async function watchSources() {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  return {
    async entered(): Promise<readonly string[]> {
      const { result } = await session.post("Profiler.takePreciseCoverage");
      const scripts = result.filter(({ functions }) =>
        functions.some(({ ranges: [whole] }) => whole !== undefined && whole.count > 0),
      );
      const files = scripts.flatMap(({ url }) => {
        const [, file] = url.split(sources);
        return file === undefined ? [] : [file.replace(/\?.*/, "")];
      });
      return [...new Set(files)].toSorted();
    },
    [Symbol.dispose]: () => session.disconnect(),
  };
}

it("enters the files that the README names for a post", async () => {
  await using fixture = await openPoolFixture();
  const platform = scriptedPlatform();
  await using _pool = await fixture.startPool({ channels: [platform.channel], lookEveryMs: 3_600_000 });
  using watched = await watchSources();
  const deliver = async (): Promise<void> => {
    const command = fixture.command({ conversationId: newId() });
    await fixture.publish(command);
    await fixture.receipt(command.id);
    await eventually(async () => expect(await fixture.left()).toBe(0));
  };
  // The first command opens the consumer of its account.
  await deliver();
  await watched.entered();
  await deliver();
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, list = ""] = readme.split("<!-- post -->");
  const named = [...list.matchAll(/`([a-z/-]+\.ts)`/g)].map(([, file]) => file ?? "");
  expect(await watched.entered()).toEqual(named.toSorted());
});
