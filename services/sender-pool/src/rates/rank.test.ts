import { SendCommand_Stage as Stage } from "@mio/proto";
import { expect, it } from "vitest";
import { positionOf, rankOf } from "./governor.ts";

it.each([
  ["send", Stage.UNSPECIFIED, "answer"],
  ["send", Stage.FINAL, "answer"],
  ["send", Stage.PLACEHOLDER, "beginning"],
  ["send", Stage.PARTIAL, "beginning"],
  ["edit", Stage.FINAL, "answer"],
  ["edit", Stage.PARTIAL, "change"],
  ["edit", Stage.UNSPECIFIED, "change"],
  ["delete", Stage.UNSPECIFIED, "change"],
  ["reaction", Stage.FINAL, "reaction"],
] as const)("%s of stage %s is %s", (operation, stage, rank) => {
  expect(rankOf({ stage }, operation)).toBe(rank);
});

it("a lower rank goes first when it has waited long enough", () => {
  const waits = { answer: 0, beginning: 3_000, change: 10_000, reaction: 20_000 } as const;
  for (const rank of ["answer", "beginning", "change", "reaction"] as const)
    expect(positionOf(rank, 50)).toBe(50 + waits[rank]);
});
