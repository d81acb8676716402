import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toJson } from "@bufbuild/protobuf";
import { type InboundEvent, trustUnsigned } from "@mio/channel-kit";
import { ConversationKindSchema, MessageSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { normalize } from "./inbound/normalize.ts";
import { parseBody } from "./inbound/payload.ts";

const folder = new URL("../fixtures/", import.meta.url);
const receivedAt = new Date("2024-05-03T10:38:10.250Z");

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

/** After an intended change: run `vitest run --update golden`, then read the diff. */
describe("every recorded event becomes its golden envelope", () => {
  const files = readdirSync(folder).filter(
    (file) => file.endsWith(".json") && !file.endsWith(".expected.json"),
  );

  it.each(files)("%s", async (file) => {
    const body = trustUnsigned(readFileSync(new URL(file, folder)));
    const event = normalize(parseBody(body), { receivedAt, botMessages: "keep" });
    const expected = fileURLToPath(new URL(file.replace(".json", ".expected.json"), folder));
    await expect(`${JSON.stringify(golden(event), null, 2)}\n`).toMatchFileSnapshot(expected);
  });
});
