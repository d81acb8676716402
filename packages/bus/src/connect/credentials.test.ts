import { type JwtAuth, nkeys } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { createCredsAuthenticator } from "./credentials.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function aUser(jwt: string) {
  const user = nkeys.createUser();
  const lines = [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    decoder.decode(user.getSeed()),
    "------END USER NKEY SEED------",
    "",
  ];
  return { creds: lines.join("\n"), auth: { jwt, nkey: user.getPublicKey() } };
}

function filed(first: string) {
  const file = { content: first as string | undefined };
  const authenticator = createCredsAuthenticator("/creds", () => {
    if (file.content === undefined) throw new Error("ENOENT");
    return encoder.encode(file.content);
  });
  return { file, authenticate: () => authenticator("nonce") as JwtAuth };
}

test("each connection reads the file; what cannot be used leaves the last good content in place", () => {
  const [first, second] = [aUser("one"), aUser("two")];
  const { file, authenticate } = filed(first.creds);
  expect(authenticate()).toMatchObject(first.auth);
  file.content = second.creds;
  expect(authenticate()).toMatchObject(second.auth);
  for (const content of [undefined, "", second.creds.slice(0, -60)]) {
    file.content = content;
    expect(authenticate()).toMatchObject(second.auth);
  }
  file.content = first.creds;
  expect(authenticate()).toMatchObject(first.auth);
});

test.each([
  ["cannot be read", undefined],
  ["is no NATS credentials file", "something else"],
])("a file that %s is refused at the start", (words, content) => {
  const read = () => {
    if (content === undefined) throw new Error("ENOENT");
    return encoder.encode(content);
  };
  expect(() => createCredsAuthenticator("/creds", read)).toThrow(
    expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(words) }),
  );
});
