import { readFileSync } from "node:fs";
import * as sdk from "@mio/sdk";
import { expect, it } from "vitest";

/** What programs rely on. Adding is a minor change, removing or renaming a breaking one. */
it("exports exactly these values", () => {
  expect(Object.keys(sdk).sort()).toEqual(["MioError", "commandId", "connect"]);
});

it("exports exactly these types", () => {
  const source = readFileSync(new URL("./index.ts", import.meta.url), "utf8");
  const types = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, isType, names = ""]) =>
    names.split(",").flatMap((name) => {
      const [, mark, word] = /^\s*(type )?(\w+)\s*$/.exec(name) ?? [];
      return word !== undefined && (isType ?? mark) !== undefined ? [word] : [];
    }),
  );
  expect(types.sort()).toEqual(
    [
      "Attachment",
      "AttachmentErrorCode",
      "AttachmentInit",
      "AttachmentKind",
      "ButtonActionKind",
      "ButtonStyle",
      "CommandContent",
      "ConnectOptions",
      "ConversationKind",
      "Credentials",
      "EditFallback",
      "EditInit",
      "EditOptions",
      "ErrorCode",
      "IncomingMessage",
      "Message",
      "MessagesOptions",
      "Mio",
      "MioEvent",
      "ReactOptions",
      "Receipt",
      "ReceiptOptions",
      "ReceiptState",
      "Relation",
      "RelationKind",
      "RemoveInit",
      "RemoveOptions",
      "ReplyOptions",
      "RichBlockInit",
      "RichButtonActionInit",
      "RichButtonInit",
      "RichCardInit",
      "RichContentInit",
      "Sender",
      "SendInit",
      "SentCommand",
      "ServeOptions",
      "SkipReason",
      "Stage",
      "StreamedAnswer",
      "StreamOptions",
      "StreamPlace",
      "StreamSettings",
      "TargetInit",
    ].sort(),
  );
});
