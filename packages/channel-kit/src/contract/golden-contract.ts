import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toJson } from "@bufbuild/protobuf";
import { ConversationKindSchema, MessageSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import type { Channel } from "../channel.ts";
import type { InboundEvent } from "../inbound/inbound.ts";
import { trustUnsigned } from "../inbound/verified.ts";

/** The time of receipt of every recorded event. */
const receivedAt = new Date("2026-05-03T10:38:10.250Z");

/**
 * Compares the result of each recorded event of a folder with its `.expected.json`.
 *
 * After an intended change, and for a new event: run `vitest run --update golden`, then read the diff.
 */
export function goldenContract(subject: {
  readonly channel: Channel;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fixtures: URL;
}): void {
  const { channel, settings, fixtures } = subject;
  const isBody = (file: string): boolean => file.endsWith(".json") && !file.endsWith(".expected.json");

  describe("every recorded event becomes its golden envelope", () => {
    it.each(readdirSync(fixtures).filter(isBody))("%s", async (file) => {
      const body = trustUnsigned(readFileSync(new URL(file, fixtures)));
      const event = channel.open(settings).webhook?.read(body, receivedAt);
      if (event === undefined) throw new Error("the channel takes no webhooks");
      const expected = fileURLToPath(new URL(file.replace(".json", ".expected.json"), fixtures));
      await expect(`${JSON.stringify(golden(event), null, 2)}\n`).toMatchFileSnapshot(expected);
    });
  });
}

function golden(event: InboundEvent): unknown {
  if (event.kind !== "message") return event;
  const { message, containerKind, ...rest } = event.draft;
  return {
    kind: "message",
    ...rest,
    containerKind: ConversationKindSchema.value[containerKind]?.name,
    message: toJson(MessageSchema, message, { useProtoFieldName: true }),
  };
}
