import { JetStreamApiError } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { removeStored } from "./remove-stored.ts";
import { streams } from "./topology.ts";

const error = (err_code: number, code: number, description: string) =>
  new JetStreamApiError({ code, err_code, description });

function removing(answer: boolean | Error): Promise<boolean> {
  const deleteMessage = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const bus: unknown = { jsm: { streams: { deleteMessage } } };
  return removeStored(bus as Pick<Bus, "jsm">, streams.outbound, 7);
}

it("says that it removed the message", async () => {
  expect(await removing(true)).toBe(true);
});

it.each([
  ["alone", error(10_043, 400, "sequence 7 not found")],
  ["in a cluster", error(10_057, 500, "no message found")],
])("says that the message is gone already, with a server %s", async (_, answer) => {
  expect(await removing(answer)).toBe(false);
});

it.each([
  ["the disk refuses", error(10_057, 500, "no space left on device")],
  ["there is no leader", error(10_008, 503, "JetStream system temporarily unavailable")],
  ["no answer comes", new Error("timeout")],
])("throws when %s", async (_, answer) => {
  await expect(removing(answer)).rejects.toMatchObject({ code: "bus.unavailable", retry: "soon" });
});
