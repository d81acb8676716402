import { expect, it } from "vitest";
import { createInProgress } from "./in-progress.ts";

it("tells when the work of a key has ended, failed or not", async () => {
  const inProgress = createInProgress();
  const work = Promise.withResolvers<string>();
  const running = inProgress.run("k", () => work.promise);
  let isEnded = false;
  const ended = inProgress.ended("k").then(() => {
    isEnded = true;
  });
  await inProgress.ended("other");
  expect(isEnded).toBe(false);
  work.reject(new Error("failed"));
  await ended;
  await expect(running).rejects.toThrow("failed");
  await inProgress.ended("k");
});

it("keeps waiting for the later of two works of one key", async () => {
  const inProgress = createInProgress();
  const second = Promise.withResolvers<void>();
  await Promise.all([
    inProgress.run("k", () => Promise.resolve()),
    Promise.race([inProgress.run("k", () => second.promise), Promise.resolve()]),
  ]);
  let isEnded = false;
  const ended = inProgress.ended("k").then(() => {
    isEnded = true;
  });
  await Promise.resolve();
  expect(isEnded).toBe(false);
  second.resolve();
  await ended;
});
