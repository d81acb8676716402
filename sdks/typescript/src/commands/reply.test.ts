import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { toReply } from "./reply.ts";

const message = aMessage({
  attributes: {
    cliq_channel_name: "general",
    cliq_user_id: "7",
    mio_reply_attributes: "cliq_user_id",
    own: "1",
  },
});
const answer = { text: "halo", id: "c1" };

it("copies to an answer only the attributes that its channel needs", () => {
  expect(toReply(message, answer).attributes).toEqual({
    cliq_channel_name: "general",
    cliq_user_id: "7",
    replied_to: message.id,
  });
});

it("what the program says of an answer counts before what the message says", () => {
  const attributes = { cliq_channel_name: "random", extra: "1" };
  expect(toReply(message, { ...answer, attributes }).attributes).toEqual({
    ...attributes,
    cliq_user_id: "7",
    replied_to: message.id,
  });
});
