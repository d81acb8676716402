import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../generators/repository.ts";
import { channelShape } from "./channel-shape.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mio-channel-shape-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | undefined>>;

const message = (relation?: string) =>
  JSON.stringify({
    kind: "message",
    message: relation === undefined ? {} : { relation: { kind: relation } },
  });

const healthy: Files = {
  "channels/all/src/index.ts":
    'import { fax } from "@mio/channel-fax";\nexport const channels: readonly Channel[] = [fax];\n',
  "proto/channels.yaml": "channel_types:\n  - name: fax\n    status: active\n",
  "channels/fax/README.md": "",
  "channels/fax/package.json": '{"name":"@mio/channel-fax"}',
  "channels/fax/src/index.ts": 'export const fax: Channel = defineChannel({\n  channelType: "fax",\n});\n',
  ...Object.fromEntries(
    [
      "capabilities",
      "settings",
      "inbound/payload",
      "inbound/verify",
      "inbound/normalize",
      "outbound/send",
      "access/client",
      "access/failure",
      "golden.test",
    ].map((name) => [`channels/fax/src/${name}.ts`, ""]),
  ),
  "channels/fax/src/contract.test.ts": 'channelContract({\n  changes: ["edit"],\n});\n',
  "channels/fax/fixtures/page.json": "{}",
  "channels/fax/fixtures/page.expected.json": message(),
  "channels/fax/fixtures/page-again.json": "{}",
  "channels/fax/fixtures/page-again.expected.json": message("KIND_EDIT"),
  "channels/fax/fixtures/own-page.json": "{}",
  "channels/fax/fixtures/own-page.expected.json": '{"kind":"ignored"}',
};

/** The complaints about a healthy tree with some files changed, or taken away. */
async function complaints(changed: Files): Promise<readonly string[]> {
  for (const [path, text] of Object.entries({ ...healthy, ...changed })) {
    if (text === undefined) continue;
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const run = () => Promise.reject(new Error("runs nothing"));
  const { ok, output } = await channelShape.run({ root, run });
  expect(ok).toBe(output === "");
  return output === "" ? [] : output.split("\n");
}

it("accepts a whole channel", async () => {
  expect(await complaints({})).toEqual([]);
});

it("accepts imports that point down the floor plan, and of settings and capabilities", async () => {
  const text = 'export { a } from "../access/client.ts";\nimport { settings } from "../settings.ts";\n';
  expect(await complaints({ "channels/fax/src/inbound/socket.ts": text })).toEqual([]);
});

it("names each part that is missing, and only the channels' own", async () => {
  const gone = {
    "channels/fax/src/inbound/verify.ts": undefined,
    "channels/fax/src/golden.test.ts": undefined,
  };
  expect(await complaints(gone)).toEqual([
    "channels/fax: has no src/inbound/verify.ts",
    "channels/fax: has no src/golden.test.ts",
  ]);
});

describe("a broken channel", () => {
  const contract = "channels/fax/src/contract.test.ts";
  it.each<[string, Files, string]>([
    ["that skips the suite", { [contract]: "it.todo();\n" }, "does not call channelContract at its top"],
    [
      "whose contract test grew",
      { [contract]: `channelContract({\n${"\n".repeat(40)}});\n` },
      "has 42 lines; more than 40 hide what the channel promises",
    ],
    [
      "that claims a change without an event",
      { [contract]: 'channelContract({ changes: ["edit", "delete"] });\n' },
      'the contract test claims "delete", and no event has that relation',
    ],
    [
      "with an event without a result",
      { "channels/fax/fixtures/new.json": "{}" },
      "has no new.expected.json",
    ],
    [
      "with a result without an event",
      { "channels/fax/fixtures/old.expected.json": message() },
      "has no old.json",
    ],
    [
      "that never heard itself",
      {
        "channels/fax/fixtures/own-page.json": undefined,
        "channels/fax/fixtures/own-page.expected.json": undefined,
      },
      "has no own-*.json, an event of our own bot",
    ],
    [
      "that exports no channel",
      { "channels/fax/src/index.ts": "export const fax = 1;\n" },
      "has to export one constant of type Channel",
    ],
    [
      "with a type that is not its folder's",
      {
        "channels/fax/src/index.ts": 'export const fax: Channel = defineChannel({ channelType: "telex" });\n',
      },
      'channelType is not "fax", as the folder says',
    ],
    [
      "with a folder outside the floor plan",
      { "channels/fax/src/utils/words.ts": "" },
      "channels/fax/src/utils: not in the floor plan (identity, content, access, inbound, outbound)",
    ],
    [
      "with too many files at the top",
      Object.fromEntries([..."abcdef"].map((name) => [`channels/fax/src/${name}.ts`, ""])),
      "channels/fax/src: has 9 files, more than 8",
    ],
    [
      "whose inbound side imports the outbound side",
      { "channels/fax/src/inbound/normalize.ts": 'import { send } from "../outbound/send.ts";\n' },
      "channels/fax/src/inbound/normalize.ts: may not import outbound/send.ts",
    ],
    [
      "whose identity folder imports the client",
      { "channels/fax/src/identity/ids.ts": 'import type { Client } from "../access/client.ts";\n' },
      "channels/fax/src/identity/ids.ts: may not import access/client.ts",
    ],
    [
      "whose content imports a file at the top",
      { "channels/fax/src/content/text.ts": 'import { open } from "../open.ts";\n' },
      "channels/fax/src/content/text.ts: may not import open.ts",
    ],
    [
      "that nobody lists",
      { "channels/all/src/index.ts": "export const channels: readonly Channel[] = [];\n" },
      "channels/all/src/index.ts: lacks fax of @mio/channel-fax",
    ],
    [
      "that is only planned",
      { "proto/channels.yaml": "channel_types:\n  - name: fax\n    status: planned\n" },
      "proto/channels.yaml: has no active channel type fax",
    ],
  ])("%s is refused with what to do", async (_, files, complaint) => {
    const found = await complaints(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(complaint);
  });
});

it("sees the channels of this repository", async () => {
  const { detail } = await channelShape.run({
    root: repositoryRoot,
    run: () => Promise.reject(new Error("no")),
  });
  expect(detail).toMatch(/^[1-9]\d* (channel|problem)/);
});
