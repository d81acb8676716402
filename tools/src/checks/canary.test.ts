import { expect, it } from "vitest";
import { createRunner } from "../run-program.ts";
import { createCanary } from "./canary.ts";
import { verdictOf } from "./check.ts";
import { checks } from "./index.ts";

it("fails when a step accepts what is planted for it", async () => {
  const blind = {
    name: "blind",
    what: "nothing",
    run: () => Promise.resolve(verdictOf([], "")),
    plant: () => Promise.resolve(),
  };
  const root = new URL("../../../", import.meta.url).pathname;
  const run = createRunner({ root, env: process.env, signal: AbortSignal.timeout(60_000) });
  const { ok, output } = await createCanary([blind]).run({ root, run });
  expect({ ok, output }).toEqual({ ok: false, output: "blind accepts what is planted for it" });
});

it("plants something for each step about prose and structure", () => {
  const planted = checks.filter(({ plant }) => plant).map(({ name }) => name);
  expect(planted).toEqual(["prose", "folders", "cycles", "test-only", "commits"]);
});
