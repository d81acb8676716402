import { createLocalVault, type HttpClient } from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { refused, type Scripted, scriptedSlack } from "../../test/scripted-slack.ts";
import { createPeople } from "./people.ts";

const { signal } = new AbortController();

const lookUp = async (answer: Scripted) => {
  const slack = scriptedSlack({ "users.info": answer });
  const http: HttpClient = slack.http;
  const tokens = { get: async () => "xoxb-1", invalidate: () => false };
  const baseUrl = new URL("https://slack.test/api/");
  const people = createPeople({ baseUrl, http, tokensOf: () => tokens, now: () => new Date() });
  const person = await people.lookUp("U1", accountUnderTest({ vault: createLocalVault() }), signal);
  expect(slack.calls).toEqual([{ method: "users.info", fields: { user: "U1" } }]);
  return person;
};

describe("a person", () => {
  it.each([
    [
      "the chosen name",
      { name: "ana", real_name: "Ana Souza", profile: { display_name: "Aninha" } },
      "Aninha",
    ],
    ["the full name", { name: "ana", real_name: "Ana Souza", profile: { display_name: "" } }, "Ana Souza"],
    ["the profile's full name", { name: "ana", profile: { real_name: "Ana S." } }, "Ana S."],
    ["the handle", { name: "ana", real_name: " " }, "ana"],
  ])("is called by %s", async (_, user, displayName) => {
    expect(await lookUp({ ok: true, user })).toEqual({ displayName });
  });

  it.each([
    ["has no name", { ok: true, user: { profile: {} } }],
    ["is not in the answer", { ok: true }],
    ["is unknown", refused("user_not_found")],
    ["is hidden from the app", refused("user_not_visible")],
  ])("who %s has no name", async (_, answer) => {
    expect(await lookUp(answer)).toBeUndefined();
  });

  it("cannot be looked up without the scope, which the error names", async () => {
    await expect(lookUp(refused("missing_scope", { needed: "users:read" }))).rejects.toMatchObject({
      kind: "permanent",
      reason: "auth",
      message: expect.stringContaining("the scope users:read"),
    });
  });
});
