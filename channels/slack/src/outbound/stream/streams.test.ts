import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallContext, Sender, Sent } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommand_Stage, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import {
  answered,
  refused,
  type Script,
  type ScriptedSlack,
  scriptedSlack,
  silence,
  now as start,
} from "../../../test/scripted-slack.ts";
import { createSender } from "../send.ts";
import { maxStreamChars } from "./streamable.ts";

const { PARTIAL, FINAL, PLACEHOLDER, UNSPECIFIED } = SendCommand_Stage;
const target = "C1:1.1";

function command(init: MessageInitShape<typeof SendCommandSchema> = {}): SendCommand {
  const attributes = {
    slack_thread_ts: "9.9",
    slack_recipient_user_id: "U1",
    slack_team_id: "T1",
    ...init.attributes,
  };
  const plain = { id: "cmd", conversationExternalId: "C1", text: "One", stage: PARTIAL };
  return create(SendCommandSchema, { ...plain, ...init, attributes });
}

/** One process with a sender and a controlled clock. */
interface Process {
  readonly slack: ScriptedSlack;
  readonly sender: Required<Sender>;
  send(init?: MessageInitShape<typeof SendCommandSchema>, context?: Partial<CallContext>): Promise<Sent>;
  edit(text: string, stage?: SendCommand["stage"]): Promise<Sent>;
  pass(ms: number): void;
  /** The streaming methods and those that post and change, with what they show. */
  shown(): readonly (readonly [string, string | undefined])[];
}

function process(script: Script = {}): Process {
  const slack = scriptedSlack({
    "conversations.replies": { ok: true, messages: [{ ts: "9.9", thread_ts: "9.9" }] },
    ...script,
  });
  let passed = 0;
  const now = (): Date => new Date(start().getTime() + passed);
  const uploads = scriptedHttp({ status: 500 });
  const sender = createSender({ client: slack.client, uploads, isUploadAddress: () => true, now });
  return {
    slack,
    sender,
    send: (init, context) => sender.send(command(init), callUnderTest(context)),
    edit: (text, stage = PARTIAL) =>
      sender.edit(command({ id: "edit", text, stage }), target, callUnderTest()),
    pass: (ms) => {
      passed += ms;
    },
    shown: () =>
      slack.calls
        .filter(({ method }) => method.startsWith("chat."))
        .map(({ method, fields }) => [method.slice(5), fields["markdown_text"] ?? fields["text"]]),
  };
}

describe("a growing text", () => {
  it("streams: the start, the appended rest, and the end with its stamp", async () => {
    const { slack, send, edit, shown } = process();
    expect(await send()).toEqual({ externalIds: [target] });
    expect(await edit("One, **two**")).toEqual({ externalIds: [target] });
    expect(await edit("One, **two**, three.", FINAL)).toEqual({ externalIds: [target] });
    expect(shown()).toEqual([
      ["startStream", "One"],
      ["appendStream", ", **two**"],
      ["stopStream", ", three."],
    ]);
    const [beginning, , end] = slack.calls.filter(({ method }) => method.endsWith("Stream"));
    expect(beginning?.fields).toEqual({
      channel: "C1",
      thread_ts: "9.9",
      recipient_user_id: "U1",
      recipient_team_id: "T1",
      markdown_text: "One",
    });
    expect(end?.fields).toMatchObject({ channel: "C1", ts: "1.1" });
    expect(JSON.parse(end?.fields["metadata"] ?? "")).toEqual({
      event_type: "mio_send",
      event_payload: { send_id: "cmd", part: 1, parts: 1 },
    });
  });

  it("ends without a further piece when the text is complete", async () => {
    const { send, edit, shown } = process();
    await send();
    await edit("One", FINAL);
    expect(shown().at(-1)).toEqual(["stopStream", undefined]);
  });

  it("treats an edit without a stage as one of several, and keeps white space for the next", async () => {
    const { send, edit, shown } = process();
    await send();
    await edit("One\n\n", UNSPECIFIED);
    await edit("One\n\ntwo", UNSPECIFIED);
    expect(shown().slice(1)).toEqual([["appendStream", "\n\ntwo"]]);
  });

  it("is edited like other messages after it has ended", async () => {
    const { send, edit, shown } = process();
    await send();
    await edit("One two", FINAL);
    await edit("Three", FINAL);
    expect(shown().slice(2)).toEqual([["update", "Three"]]);
  });

  it("streams in direct messages without a recipient", async () => {
    const { slack, sender } = process();
    const direct = create(SendCommandSchema, {
      ...{ id: "cmd", conversationExternalId: "D1", text: "One", stage: PARTIAL },
      attributes: { slack_thread_ts: "9.9" },
    });
    await sender.send(direct, callUnderTest());
    expect(slack.calls.at(-1)?.fields).toEqual({ channel: "D1", thread_ts: "9.9", markdown_text: "One" });
  });
});

describe("an ordinary post is made", () => {
  const card = { card: { title: "T" } };
  it.each<[string, MessageInitShape<typeof SendCommandSchema>]>([
    ["of a last word", { stage: FINAL }],
    ["of a sign of life", { stage: PLACEHOLDER }],
    ["of a command without a stage", { stage: UNSPECIFIED }],
    ["of rich content", { richContent: card }],
    ["with a link", { attachments: [{ url: "https://example.com", filename: "x" }] }],
    ["that the channel sees too", { attributes: { slack_thread_broadcast: "true" } }],
    ["in a channel without a recipient", { attributes: { slack_recipient_user_id: "" } }],
    ["in a channel for a recipient without a workspace", { attributes: { slack_team_id: "" } }],
    ["of a text that is too long", { text: "x".repeat(maxStreamChars + 1) }],
  ])("%s", async (_, init) => {
    const { send, slack } = process();
    await send(init);
    expect(slack.methods()).toContain("chat.postMessage");
    expect(slack.methods()).not.toContain("chat.startStream");
  });

  it("outside threads", async () => {
    const { send, slack } = process();
    await send({ attributes: { slack_thread_ts: "" } });
    expect(slack.methods()).toEqual(["chat.postMessage"]);
  });

  it("in a thread that may not exist, because the answer would not show where a stream landed", async () => {
    const { send, slack } = process({ "conversations.replies": refused("missing_scope") });
    await send();
    expect(slack.methods()).not.toContain("chat.startStream");
  });

  it("after parts that are there", async () => {
    const { send, slack } = process();
    await send({}, { attempt: 2, alreadySent: [target] });
    expect(slack.methods()).not.toContain("chat.startStream");
  });
});

describe("a token that may not stream", () => {
  it.each([
    "missing_scope",
    "not_allowed_token_type",
    "unknown_method",
    "method_deprecated",
    "team_access_not_granted",
    "channel_type_not_supported",
    "feature_not_enabled",
  ])("by the word %s posts at once, and tries again after a while", async (word) => {
    const { send, slack, pass } = process({ "chat.startStream": refused(word) });
    expect(await send()).toEqual({ externalIds: ["C1:2.1"] });
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(1);
    expect(slack.methods().filter((method) => method === "chat.postMessage")).toHaveLength(2);
    pass(30 * 60_000);
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
  });

  it("in channels may do so in direct messages", async () => {
    const { send, slack } = process({
      "chat.startStream": ({ fields }) =>
        fields["channel"] === "C1"
          ? refused("channel_type_not_supported")
          : { ok: true, channel: "D1", ts: "5.5" },
    });
    await send();
    expect(await send({ conversationExternalId: "D1" })).toEqual({ externalIds: ["D1:5.5"] });
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
  });

  it.each(["team_access_not_granted", "missing_recipient_user_id", "missing_recipient_team_id"])(
    "for one person, by the word %s, does so for others",
    async (word) => {
      const { send, slack } = process({
        "chat.startStream": ({ fields }) =>
          fields["recipient_user_id"] === "U9" ? refused(word) : { ok: true, channel: "C1", ts: "5.5" },
      });
      const stranger = { slack_recipient_user_id: "U9" };
      await send({ attributes: stranger });
      await send({ attributes: stranger });
      expect(await send()).toEqual({ externalIds: ["C1:5.5"] });
      expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
    },
  );

  it.each(["channel_type_not_supported", "access_denied", "accesslimited"])(
    "in one channel, by the word %s, does so in others",
    async (word) => {
      const { send, slack } = process({
        "chat.startStream": ({ fields }) =>
          fields["channel"] === "C2" ? refused(word) : { ok: true, channel: "C1", ts: "5.5" },
      });
      await send({ conversationExternalId: "C2" });
      await send({ conversationExternalId: "C2" });
      expect(await send()).toEqual({ externalIds: ["C1:5.5"] });
      expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
    },
  );

  it.each(["missing_scope", "feature_not_enabled"])(
    "at all, by the word %s, does not try in other channels",
    async (word) => {
      const { send, slack } = process({ "chat.startStream": refused(word) });
      await send();
      await send({ conversationExternalId: "C2", attributes: { slack_recipient_user_id: "U9" } });
      expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(1);
    },
  );

  it("too often posts until the time that Slack names", async () => {
    const { send, slack, pass } = process({
      "chat.startStream": answered(refused("ratelimited"), 429, { "retry-after": "7" }),
    });
    expect(await send()).toEqual({ externalIds: ["C1:2.1"] });
    pass(6_999);
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(1);
    pass(1);
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
  });

  it("too often posts for some seconds when Slack names no time", async () => {
    const { send, slack, pass } = process({ "chat.startStream": answered(refused("ratelimited"), 429) });
    await send();
    pass(4_999);
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(1);
    pass(1);
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
  });

  it("becomes a post this time only, without caching the refusal", async () => {
    const { send, slack } = process({ "chat.startStream": refused("user_not_found") });
    await send();
    await send();
    expect(slack.methods().filter((method) => method === "chat.startStream")).toHaveLength(2);
    expect(slack.methods().filter((method) => method === "chat.postMessage")).toHaveLength(2);
  });

  it("in general is refused like any other", async () => {
    const { send, slack } = process({ "chat.startStream": refused("token_revoked") });
    await expect(send()).rejects.toMatchObject({ kind: "permanent", reason: "auth" });
    expect(slack.methods()).not.toContain("chat.postMessage");
  });
});

describe("a beginning of unknown fate", () => {
  it.each([
    ["silence", silence],
    ["a failure half way", refused("internal_error")],
    ["a proxy's failure", answered({}, 502)],
  ])("after %s is no reason to post", async (_, answer) => {
    const { send, slack } = process({ "chat.startStream": answer });
    await expect(send()).rejects.toMatchObject({ kind: "unknown", sent: { externalIds: [] } });
    expect(slack.methods()).not.toContain("chat.postMessage");
  });
});

describe("a stream that cannot continue", () => {
  it.each([
    ["the text is another one", "Two", 0],
    ["the text is too long", `One${"x".repeat(maxStreamChars)}`, 0],
    ["Slack will end it soon", "One two", 270_000],
  ])("because %s ends, and shows the whole text", async (_, text, passedMs) => {
    const { send, edit, pass, shown } = process();
    await send();
    pass(passedMs);
    await edit(text, FINAL);
    expect(shown()[1]).toEqual(["stopStream", undefined]);
    expect(shown()[2]).toEqual(["update", text.slice(0, 4_000)]);
  });

  it.each(["message_not_in_streaming_state", "stopped_by_user", "msg_too_long", "invalid_arguments"])(
    "because of %s shows the whole text at once",
    async (word) => {
      const { send, edit, shown } = process({ "chat.appendStream": refused(word) });
      await send();
      expect(await edit("One two")).toEqual({ externalIds: [target] });
      await edit("One two three", FINAL);
      expect(shown().slice(1)).toEqual([
        ["appendStream", " two"],
        ["update", "One two"],
        ["update", "One two three"],
      ]);
    },
  );

  it("at its end shows the whole text as well", async () => {
    const { send, edit, shown } = process({ "chat.stopStream": refused("message_not_in_streaming_state") });
    await send();
    await edit("One two", FINAL);
    expect(shown().slice(1)).toEqual([
      ["stopStream", " two"],
      ["update", "One two"],
    ]);
  });

  it("and a text that outgrew it continues in further messages of its thread", async () => {
    const { send, edit, slack } = process({ "chat.update": { ok: true, message: { thread_ts: "9.9" } } });
    await send();
    const { externalIds } = await edit(`One ${"word ".repeat(3_000)}`, FINAL);
    expect(externalIds.length).toBeGreaterThan(1);
    const posts = slack.calls.filter(({ method }) => method === "chat.postMessage");
    expect(posts.map(({ fields }) => fields["thread_ts"])).toEqual(posts.map(() => "9.9"));
  });
});

describe("a piece of unknown fate", () => {
  it.each([
    ["appended", PARTIAL, "chat.appendStream"],
    ["last", FINAL, "chat.stopStream"],
  ])("that was %s is not sent again: the whole text is shown", async (_, stage, method) => {
    let calls = 0;
    let streams = true;
    const { send, edit, shown } = process({
      [method]: () => {
        calls += 1;
        return calls === 1 ? silence : { ok: true };
      },
      "chat.update": () => {
        const answer = streams ? refused("streaming_state_conflict") : { ok: true };
        streams = false;
        return answer;
      },
    });
    await send();
    await expect(edit("One two", stage)).rejects.toMatchObject({ kind: "transient" });
    expect(await edit("One two", stage)).toEqual({ externalIds: [target] });
    expect(shown().slice(2)).toEqual([
      ["update", "One two"],
      ["stopStream", undefined],
      ["update", "One two"],
    ]);
  });

  it("that came too soon is sent after the delay, because it was not accepted", async () => {
    let calls = 0;
    const { send, edit, shown } = process({
      "chat.appendStream": () => {
        calls += 1;
        return calls === 1 ? answered(refused("ratelimited"), 429, { "retry-after": "3" }) : { ok: true };
      },
    });
    await send();
    await expect(edit("One two")).rejects.toMatchObject({ kind: "throttled", retry: { afterMs: 3_000 } });
    await edit("One two three");
    expect(shown().at(-1)).toEqual(["appendStream", " two three"]);
  });

  it.each([
    ["message_not_found", "not_found"],
    ["message_not_owned_by_app", "closed"],
    ["channel_not_found", "forbidden"],
  ])("that is refused by %s fails as an edit does", async (word, reason) => {
    const { send, edit } = process({ "chat.appendStream": refused(word) });
    await send();
    await expect(edit("One two")).rejects.toMatchObject({ kind: "permanent", reason });
  });
});

describe("a stream of a process that has ended", () => {
  const conflict = (): Script => {
    let streams = true;
    return {
      "chat.update": () => (streams ? refused("streaming_state_conflict") : { ok: true }),
      "chat.delete": () => (streams ? refused("cant_delete_message") : { ok: true }),
      "chat.stopStream": () => {
        streams = false;
        return { ok: true };
      },
    };
  };

  it("ends, and shows the whole text", async () => {
    const { edit, shown } = process(conflict());
    expect(await edit("One two")).toEqual({ externalIds: [target] });
    expect(shown().map(([method]) => method)).toEqual(["update", "stopStream", "update"]);
  });

  it("is deleted", async () => {
    const { sender, shown } = process(conflict());
    await sender.remove(command(), target, callUnderTest());
    expect(shown().map(([method]) => method)).toEqual(["delete", "stopStream", "delete"]);
  });

  it("differs from a message that may not be deleted", async () => {
    const other = process({
      "chat.delete": refused("cant_delete_message"),
      "chat.stopStream": refused("message_not_in_streaming_state"),
    });
    const removal = other.sender.remove(command(), target, callUnderTest());
    await expect(removal).rejects.toMatchObject({ kind: "permanent", reason: "closed" });
    expect(other.shown()).toHaveLength(2);
  });
});

it("ends its own stream before the message is deleted", async () => {
  const { send, sender, shown } = process();
  await send();
  await sender.remove(command(), target, callUnderTest());
  expect(
    shown()
      .slice(1)
      .map(([method]) => method),
  ).toEqual(["stopStream", "delete"]);
});

it("drops the oldest of many streams, which are then edited like other messages", async () => {
  let made = 0;
  const { send, sender, slack } = process({
    "chat.startStream": () => {
      made += 1;
      return { ok: true, channel: "C1", ts: `${made}.1` };
    },
  });
  for (let count = 0; count < 1_001; count += 1) await send();
  const edit = (id: string) =>
    sender.edit(command({ text: "One two" }), id, callUnderTest()).then(() => slack.methods().at(-1));
  expect(await edit("C1:1.1")).toBe("chat.update");
  expect(await edit("C1:2.1")).toBe("chat.appendStream");
});

it("keeps a mention of all out of a stream: the text is posted, or goes on as an edit", async () => {
  const posted = process();
  await posted.send({ text: "One <!here>" });
  expect(posted.shown()).toEqual([["postMessage", "One @here"]]);
  const growing = process();
  await growing.send();
  await growing.edit("One <!he");
  await growing.edit("One <!here> two");
  expect(growing.shown().slice(-2)).toEqual([
    ["stopStream", undefined],
    ["update", "One @here two"],
  ]);
  const allowed = process();
  await allowed.send({ text: "One <!here>", allowBroadcast: true });
  expect(allowed.shown()).toEqual([["startStream", "One <!here>"]]);
});
