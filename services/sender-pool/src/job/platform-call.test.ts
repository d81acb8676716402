import { MessageRelation_Kind as Kind, SendCommand_Stage as Stage } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { answeredBy, joinIds } from "./platform-call.ts";

const messageId = "0195d7c4-0000-7000-8000-000000000001";
const replyTo = (targetExternalId: string) => ({ kind: Kind.REPLY, targetExternalId });

type Case = Parameters<typeof answeredBy>[0];
const given = (command: Parameters<typeof aCommand>[0], rest: Partial<Omit<Case, "command">> = {}): Case => ({
  operation: "send",
  threadRootExternalId: undefined,
  targetExternalIds: [],
  ...rest,
  command: aCommand(command),
});

it.each([
  ["the target of a reply", given({ relation: replyTo("7_1") }), { externalIds: ["7_1"] }],
  [
    "replied_to, by Mio's id",
    given({ attributes: { replied_to: messageId } }),
    { externalIds: [], messageId },
  ],
  ["replied_to, by the platform's", given({ attributes: { replied_to: "7_1" } }), { externalIds: ["7_1"] }],
  [
    "both",
    given({ relation: replyTo("7_1"), attributes: { replied_to: messageId } }),
    { externalIds: ["7_1"], messageId },
  ],
  ["the root of its thread", given({}, { threadRootExternalId: "7_0" }), { externalIds: ["7_0"] }],
  [
    "replied_to, not the root of its thread",
    given({ attributes: { replied_to: messageId } }, { threadRootExternalId: "7_0" }),
    { externalIds: [], messageId },
  ],
  [
    "what its edit names, while it grows",
    given(
      { attributes: { replied_to: messageId } },
      { operation: "edit", targetExternalIds: ["7_2", "7_3"] },
    ),
    { externalIds: [], messageId, growingExternalId: "7_2" },
  ],
])("a command answers %s", (_what, delivery, answered) => {
  expect(answeredBy(delivery)).toMatchObject(answered);
});

it.each([
  ["a post that names nothing", given({})],
  ["a post about what a command posted", given({ attributes: { replied_to: "mio:other" } })],
  ["a deletion", given({ attributes: { replied_to: messageId } }, { operation: "delete" })],
  ["a reaction", given({ attributes: { replied_to: messageId } }, { operation: "reaction" })],
  [
    "the pool's last word on an answer",
    given(
      { stage: Stage.FINAL, attributes: { replied_to: messageId, mio_closes: "c" } },
      { operation: "edit" },
    ),
  ],
])("%s answers nothing", (_what, delivery) => {
  expect(answeredBy(delivery)).toBeUndefined();
});

it("joins what is known with what an adapter reports, in order and once", () => {
  expect(joinIds(["a", "b"], ["b", "c"])).toEqual(["a", "b", "c"]);
  expect(joinIds(["a"], ["a"])).toEqual(["a"]);
  expect(joinIds([], ["c", "a"])).toEqual(["c", "a"]);
});

it("leaves out an empty id, and makes the others fit to be stored", () => {
  const ids = joinIds(["a"], ["", "b\u0000"]);
  expect(ids).toHaveLength(2);
  expect(ids.join()).not.toContain("\u0000");
});
