import {
  SendCommand_EditFallback as EditFallback,
  type SendCommand,
  SendCommand_Stage as Stage,
} from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { createInterimWatch } from "./interim-watch.ts";

/** A watch whose schedule is a list, and whose record says who spoke last. */
function aWatch() {
  const kept: { readonly command: SendCommand; readonly dueAt: Date }[] = [];
  const record = { interim: "" };
  const watch = createInterimWatch({
    schedule: {
      keep: async (command, { dueAt }) => void kept.push({ command, dueAt }),
      drop: async () => {},
    },
    records: { readInterim: async () => record.interim },
    clock: { now: () => new Date(0) },
    timeoutMs: 60_000,
    mark: " [interrupted]",
  });
  const lastWord = async (command: SendCommand): Promise<SendCommand> => {
    await watch.arm(command, "17_1");
    return kept.at(-1)?.command ?? expect.fail("nothing is on schedule");
  };
  return { watch, kept, record, lastWord };
}

const partial = (id: string) => aCommand({ id, text: "thinking", stage: Stage.PARTIAL });

it("puts the last word of an unfinished answer on schedule, with what it shows and a mark", async () => {
  const { kept, lastWord } = aWatch();
  expect(await lastWord(partial("a"))).toMatchObject({
    text: "thinking [interrupted]",
    editOfExternalId: "17_1",
    stage: Stage.FINAL,
    // Where it cannot be an edit, nothing takes its place.
    editFallback: EditFallback.DROP,
  });
  expect(kept[0]?.dueAt).toEqual(new Date(60_000));
});

it("has a last word only as long as the agent has said nothing since", async () => {
  const { watch, record, lastWord } = aWatch();
  const word = await lastWord(partial("a"));
  record.interim = "a";
  expect(await watch.isTooLate(word)).toBe(false);
  // The agent has changed it again, or finished it.
  for (const interim of ["b", ""]) {
    record.interim = interim;
    expect(await watch.isTooLate(word)).toBe(true);
  }
});

it("is never too late for commands of agents", async () => {
  const { watch, record } = aWatch();
  record.interim = "b";
  expect(await watch.isTooLate(partial("a"))).toBe(false);
});
