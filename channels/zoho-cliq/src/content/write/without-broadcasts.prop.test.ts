import { create } from "@bufbuild/protobuf";
import { SendCommandSchema } from "@mio/proto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { toTexts } from "./compose.ts";

it("notifies no one, however a mention of all is written", async () => {
  const pieces = [
    "{@all}",
    "@all",
    "@available",
    "{@",
    "all",
    "}",
    "@",
    "&#64;",
    "\\",
    "**",
    "<b></b>",
    "`",
    " ",
    "\n",
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), async (chosen) => {
      const command = create(SendCommandSchema, { text: `x ${chosen.join("")}` });
      for (const text of await toTexts(command)) expect(text).not.toMatch(/(?<![\w/])@(?:all|available)\b/i);
    }),
    { numRuns: 300 },
  );
});
