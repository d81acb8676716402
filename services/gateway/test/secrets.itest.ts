import { createHmac } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newId } from "@mio/envelope";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const guarded = { zoho_cliq: newId(), slack: newId() };
const plain = { slack: newId() };
const unknown = newId();
const files = { zoho_cliq: "cliq-webhook-secret", slack: "slack-webhook-secret" } as const;

type ChannelType = keyof typeof files;
type Whose = "plain" | "guarded";

/** The secrets of the channel and of the guarded account, each with its successor. */
const secretsOf = (channel: ChannelType) => ({
  [files[channel]]: `${channel} channel`,
  [`${files[channel]}.next`]: `${channel} channel.next`,
  [`${guarded[channel]}/${files[channel]}`]: `${channel} own`,
  [`${guarded[channel]}/${files[channel]}.next`]: `${channel} own.next`,
});

const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");
const signed: Readonly<Record<ChannelType, (secret: string, body: string) => Record<string, string>>> = {
  zoho_cliq: (secret, body) => ({ "x-webhook-signature": `sha256=${hmac(secret, body)}` }),
  slack: (secret, body) => {
    const time = String(Math.floor(Date.now() / 1_000));
    return {
      "x-slack-request-timestamp": time,
      "x-slack-signature": `v0=${hmac(secret, `v0:${time}:${body}`)}`,
    };
  },
};

let stamp = 0;
const events: Readonly<Record<ChannelType, (workspace: string, text: string) => unknown>> = {
  zoho_cliq: (workspace, text) => cliqText(text, { user: { id: "1", organization_id: workspace } }),
  slack: (workspace, text) => {
    stamp += 1;
    return {
      type: "event_callback",
      team_id: workspace,
      api_app_id: "A1",
      event_id: `Ev${stamp}`,
      authorizations: [{ team_id: workspace, user_id: "UBOT", is_bot: true }],
      event: {
        type: "message",
        channel: "C1",
        channel_type: "channel",
        user: "U1",
        ts: `1700000000.${String(stamp).padStart(6, "0")}`,
        text,
      },
    };
  },
};
const workspaces: Readonly<Record<ChannelType, Readonly<Record<Whose, string>>>> = {
  zoho_cliq: { plain: "999999999", guarded: "888888888" },
  slack: { plain: "T1", guarded: "T2" },
};

const accounts = [
  { id: guarded.zoho_cliq, channelType: "zoho_cliq", externalId: workspaces.zoho_cliq.guarded },
  { id: plain.slack, channelType: "slack", externalId: workspaces.slack.plain },
  { id: guarded.slack, channelType: "slack", externalId: workspaces.slack.guarded },
];

const poster =
  (gateway: () => GatewayFixture, channel: ChannelType) =>
  async (url: string, secret: string | undefined, whose: Whose) => {
    const text = newId();
    const body = JSON.stringify(events[channel](workspaces[channel][whose], text));
    const headers = secret === undefined ? {} : signed[channel](`${channel} ${secret}`, body);
    const path = `/webhooks/${channel.replace("_", "-")}${url === "" ? "" : `/${url}`}`;
    const { status } = await gateway().post(body, { path, signature: "", headers });
    const accountId = (await gateway().stream()).find((message) => message.text === text)?.accountId;
    return { status, accountId };
  };

describe.each(["zoho_cliq", "slack"] as const)(
  "with secrets of the channel and of one account, %s",
  (channel) => {
    let gateway: GatewayFixture;
    beforeAll(async () => {
      gateway = await gatewayFixture({
        env: { MIO_ENV: "staging" },
        withSecret: false,
        secrets: secretsOf(channel),
        accounts,
      });
    });
    afterAll(() => gateway[Symbol.asyncDispose]());
    const post = poster(() => gateway, channel);
    const idOf = (whose: Whose) =>
      whose === "guarded" ? guarded[channel] : channel === "slack" ? plain.slack : gateway.accountId;

    test.each([
      ["channel", "plain"],
      ["channel.next", "plain"],
    ] as const)("at the common URL, %s is valid for the %s account", async (secret, whose) => {
      expect(await post("", secret, whose)).toEqual({ status: 200, accountId: idOf(whose) });
    });

    test.each([
      ["channel", "guarded"],
      ["channel.next", "guarded"],
      ["own", "guarded"],
      ["own.next", "guarded"],
      ["own", "plain"],
      [undefined, "plain"],
      [undefined, "guarded"],
    ] as const)("at the common URL, %s is not valid for the %s account", async (secret, whose) => {
      expect(await post("", secret, whose)).toEqual({ status: 401, accountId: undefined });
    });

    test.each(["channel", "channel.next"])("at the URL of the plain account, %s is valid", async (secret) => {
      expect(await post(idOf("plain"), secret, "plain")).toEqual({ status: 200, accountId: idOf("plain") });
    });

    test.each([
      ["own", "plain"],
      ["own.next", "guarded"],
      [undefined, "plain"],
    ] as const)("at the URL of the plain account, %s is rejected for the %s one", async (secret, whose) => {
      expect(await post(idOf("plain"), secret, whose)).toEqual({ status: 401, accountId: undefined });
    });

    test.each(["own", "own.next"])("at the URL of the guarded account, %s is valid", async (secret) => {
      expect(await post(guarded[channel], secret, "guarded")).toEqual({
        status: 200,
        accountId: guarded[channel],
      });
    });

    test.each(["channel", "channel.next", undefined])(
      "at the URL of the guarded account, %s is rejected",
      async (secret) => {
        expect(await post(guarded[channel], secret, "guarded")).toEqual({
          status: 401,
          accountId: undefined,
        });
      },
    );

    test.each([
      ["plain", "channel", "guarded"],
      ["guarded", "own", "plain"],
    ] as const)("the URL of the %s account accepts no event of the %s one", async (url, secret, whose) => {
      expect(await post(idOf(url), secret, whose)).toEqual({ status: 200, accountId: undefined });
    });

    test("answers at the URL of a missing account as to a bad signature", async () => {
      expect(await post(unknown, "channel", "plain")).toEqual({ status: 401, accountId: undefined });
    });

    test("counts rejections", async () => {
      await post("", "channel", "guarded");
      expect(await gateway.metrics.text()).toMatch(
        new RegExp(
          `inbound_total\\{channel_type="${channel}",direction="inbound",outcome="bad_signature"\\} \\d+`,
        ),
      );
    });
  },
);

test("with a secret for one account only, no other URL accepts unsigned events", async () => {
  const own = { [`${guarded.zoho_cliq}/${files.zoho_cliq}`]: "zoho_cliq own" };
  await using gateway = await gatewayFixture({
    env: { MIO_ENV: "staging" },
    withSecret: false,
    secrets: own,
    accounts,
  });
  const post = poster(() => gateway, "zoho_cliq");
  for (const url of ["", gateway.accountId, guarded.zoho_cliq]) {
    for (const whose of ["plain", "guarded"] as const) {
      expect(await post(url, undefined, whose)).toEqual({ status: 401, accountId: undefined });
    }
  }
  expect(await post("", "own", "guarded")).toEqual({ status: 401, accountId: undefined });
  expect(await post(guarded.zoho_cliq, "own", "guarded")).toMatchObject({ status: 200 });
});

test("an account with a secret accepts no unsigned event, even in development", async () => {
  await using gateway = await gatewayFixture({
    env: { MIO_ENV: "dev" },
    withSecret: false,
    secrets: { [`${guarded.zoho_cliq}/${files.zoho_cliq}`]: "zoho_cliq own" },
    accounts,
  });
  const post = poster(() => gateway, "zoho_cliq");
  expect(await post("", undefined, "plain")).toEqual({ status: 200, accountId: gateway.accountId });
  expect(await post("", undefined, "guarded")).toEqual({ status: 401, accountId: undefined });
});

test("an account's new secret invalidates the channel's secret for it at once", async () => {
  await using gateway = await gatewayFixture({
    env: { MIO_ENV: "staging" },
    withSecret: false,
    secrets: { [files.zoho_cliq]: "zoho_cliq channel" },
  });
  const post = poster(() => gateway, "zoho_cliq");
  expect(await post("", "channel", "plain")).toMatchObject({ status: 200 });
  await mkdir(join(gateway.secretsDir, gateway.accountId));
  await writeFile(join(gateway.secretsDir, gateway.accountId, files.zoho_cliq), "zoho_cliq own");
  await expect.poll(async () => (await post("", "channel", "plain")).status).toBe(401);
  expect(await post(gateway.accountId, "own", "plain")).toMatchObject({ status: 200 });
});
