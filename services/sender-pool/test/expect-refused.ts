import { encodeCommand, headerNames } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect } from "vitest";
import type { PoolFixture, StoredEntry } from "./pool-fixture.ts";
import type { ScriptedPlatform } from "./scripted-platform.ts";

/** The dead letter with exactly this command, once it is there. */
export async function deadLetterOf(fixture: PoolFixture, command: SendCommand): Promise<StoredEntry> {
  const wanted = Buffer.from(encodeCommand(command));
  return await eventually(async () => {
    const letter = (await fixture.deadLetters()).find(({ data }) => wanted.equals(data));
    if (letter === undefined) throw new Error("no dead letter");
    return letter;
  });
}

export interface Refusal {
  readonly reason: string;
  readonly code?: string;
}

/** Refused with the reason, on the dead letter and on the receipt, and never shown to the platform. */
export async function expectRefusedBy(
  { fixture, platform }: { readonly fixture: PoolFixture; readonly platform: ScriptedPlatform },
  command: SendCommand,
  { reason, code = "delivery.refused" }: Refusal,
): Promise<void> {
  await fixture.publish(command);
  const letter = await deadLetterOf(fixture, command);
  expect(letter.header(headerNames.deadReason)).toBe(reason);
  expect(letter.header(headerNames.deadCode)).toBe(code);
  const { channelType, accountId, conversationId } = command;
  expect(letter.subject).toBe(`mio.dlq.outbound.${channelType}.${accountId}.${conversationId}`);
  const failed = { state: DeliveryReceipt_State.FAILED, reason, code, attempts: 0, externalIds: [] };
  const receipt = await fixture.receipt(command.id);
  expect(receipt).toMatchObject(failed);
  expect(receipt.detail).not.toBe("");
  expect(letter.header(headerNames.deadDetail)).toBe(receipt.detail);
  expect(platform.callsOf(command.id)).toEqual([]);
}
