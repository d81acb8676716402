import { encodeCommand, outboundSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import type { Ended } from "../job/delivery-job.ts";
import { createAnnounceExhausted } from "./announce-exhausted.ts";

const error = new MioError("bus.deliveries_exhausted", "too often");

function open() {
  const told: { id: string; end: Ended }[] = [];
  const announce = createAnnounceExhausted(async ({ id }, end) => void told.push({ id, end }));
  return { told, announce };
}

it("tells that a command failed which was delivered too often", async () => {
  const { told, announce } = open();
  const command = aCommand();
  await announce({ subject: outboundSubject(command), payload: encodeCommand(command) }, error);
  expect(told).toEqual([
    { id: command.id, end: expect.objectContaining({ state: "failed", reason: "exhausted", error }) },
  ]);
});

it("tells nobody about bytes that are no command, or that came on another account's subject", async () => {
  const { told, announce } = open();
  const command = aCommand();
  const subject = outboundSubject({ ...command, accountId: "another" });
  await announce({ subject, payload: encodeCommand(command) }, error);
  await announce({ subject: outboundSubject(command), payload: new Uint8Array([255]) }, error);
  expect(told).toEqual([]);
});
