import * as sdk from "@mio/sdk";
import { expect, it } from "vitest";

/** What programs rely on. Adding is a minor change, removing or renaming a breaking one. */
it("exports exactly these values", () => {
  expect(Object.keys(sdk).sort()).toEqual([
    "AttachmentKind",
    "ConversationKind",
    "MioError",
    "ReceiptState",
    "commandId",
    "connect",
  ]);
});
