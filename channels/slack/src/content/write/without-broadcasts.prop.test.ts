import { create } from "@bufbuild/protobuf";
import { SendCommandSchema } from "@mio/proto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compose } from "./compose.ts";

it("notifies no one, however a mention of all is written", async () => {
  const pieces = [
    "<!here>",
    "<!channel|x>",
    "<!",
    "here",
    ">",
    "<",
    "!",
    "&lt;",
    "\\",
    "**",
    "<b></b>",
    "`",
    " ",
    "\n",
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), async (chosen) => {
      const text = `x ${chosen.join("")}`;
      const rich = { card: { title: text, subtitle: text }, blocks: [] };
      const { parts } = await compose(create(SendCommandSchema, { text, richContent: rich }));
      const shown = parts.flatMap((part) => [part.text, ...part.blocks.map(mrkdwnOf)]);
      for (const one of shown) expect(one).not.toMatch(/<!(?:here|channel)[>|^]/i);
    }),
    { numRuns: 300 },
  );
});

/** What Slack reads as its markup: titles are plain text. */
function mrkdwnOf(block: object): string {
  return JSON.stringify(block, (_, value: unknown) => (isPlainText(value) ? "" : value));
}

function isPlainText(value: unknown): boolean {
  return typeof value === "object" && value !== null && "type" in value && value.type === "plain_text";
}
