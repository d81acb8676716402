import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialsFile } from "./credentials-file.ts";

describe("credentialsFile", () => {
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mio-creds-"));
    path = join(dir, "agent.creds");
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("reads the file again at each connection", async () => {
    await writeFile(path, someCredentials("first"));
    const authenticate = credentialsFile(path);
    expect(authenticate("nonce")).toMatchObject({ jwt: "first" });
    await writeFile(path, someCredentials("second"));
    expect(authenticate("nonce")).toMatchObject({ jwt: "second" });
  });

  it.each([
    ["is gone", () => rm(path)],
    ["is half written", () => writeFile(path, someCredentials("half").slice(0, 60))],
    ["is empty", () => writeFile(path, "")],
  ])("keeps the last good credentials while the file %s", async (_, spoil) => {
    await writeFile(path, someCredentials("first"));
    const authenticate = credentialsFile(path);
    await writeFile(path, someCredentials("second"));
    authenticate("nonce");
    await spoil();
    expect(authenticate("nonce")).toMatchObject({ jwt: "second" });
    await writeFile(path, someCredentials("third"));
    expect(authenticate("nonce")).toMatchObject({ jwt: "third" });
  });

  it("throws when there is nothing to begin with", () => {
    expect(() => credentialsFile(path)).toThrow("ENOENT");
  });
});

function someCredentials(jwt: string): string {
  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
  const part = (title: string, text: string) =>
    `-----BEGIN ${title}-----\n${text}\n------END ${title}------\n\n`;
  return part("NATS USER JWT", jwt) + part("USER NKEY SEED", seed);
}
