import { encodeCommand, outboundSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import type { Ended } from "../job/delivery-job.ts";
import { createAnnounceExhausted } from "./announce-exhausted.ts";

const error = new MioError("bus.deliveries_exhausted", "too often");

function open() {
  const receipts: { id: string; end: Ended }[] = [];
  const announce = createAnnounceExhausted(async ({ id }, end) => void receipts.push({ id, end }));
  return { receipts, announce };
}

it("publishes a receipt for a command that was delivered too often", async () => {
  const { receipts, announce } = open();
  const command = aCommand();
  await announce({ subject: outboundSubject(command), payload: encodeCommand(command) }, error);
  expect(receipts).toEqual([
    { id: command.id, end: expect.objectContaining({ state: "failed", reason: "exhausted", error }) },
  ]);
});

it("publishes nothing for bytes that are not a command, or for another account's subject", async () => {
  const { receipts, announce } = open();
  const command = aCommand();
  const subject = outboundSubject({ ...command, accountId: "another" });
  await announce({ subject, payload: encodeCommand(command) }, error);
  await announce({ subject: outboundSubject(command), payload: new Uint8Array([255]) }, error);
  expect(receipts).toEqual([]);
});
