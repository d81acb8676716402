import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Message, type SendCommand, SendCommandSchema } from "@mio/proto";
import { z } from "zod";
import { replyAttributesKey } from "../../attribute-keys.ts";
import type { Channel, OpenChannel } from "../../channel.ts";
import { DeliveryError } from "../../outbound/delivery-error.ts";
import type { Sender } from "../../outbound/outbound.ts";
import { accountUnderTest } from "./call-under-test.ts";
import { bytesOf, type ChannelUnderTest, receivedAt } from "./channel-under-test.ts";
import type { OutboundUnderTest, PlatformRequest, Posted } from "./outbound-under-test.ts";
import { type Behaviour, type PlayedPlatform, playPlatform } from "./played-platform.ts";

/** A channel under test that can send. */
export interface SendingChannel extends ChannelUnderTest {
  readonly outbound: OutboundUnderTest;
}

/** A played platform with a sender of the channel connected to it. */
export interface Play extends PlayedPlatform {
  readonly sender: Sender;
  /** What was posted so far, in order. */
  posts(): readonly Posted[];
}

/** Plays the platform: `onPost` answers what posts, and the subject's own script the rest. */
export async function play(
  subject: SendingChannel,
  onPost?: (request: PlatformRequest) => Behaviour,
): Promise<Play> {
  const { outbound } = subject;
  const platform = await playPlatform((request) => {
    const isPost = outbound.posted(request) !== undefined;
    return isPost && onPost !== undefined ? onPost(request) : outbound.answer(request);
  });
  return {
    ...platform,
    sender: senderAt(subject, platform.url),
    posts: () => platform.requests.flatMap((request) => outbound.posted(request) ?? []),
  };
}

/** A sender whose calls all go to `url`, with new random secrets. */
export function senderAt(subject: SendingChannel, url: string): Sender {
  const { outbound } = openAt(subject, url);
  if (outbound === undefined) throw new Error("the channel sends nothing with the settings of the test");
  return outbound.connect(accountUnderTest());
}

/** The channel, with all its calls directed to `url`. */
export function openAt({ channel, settings, outbound }: SendingChannel, url: string): OpenChannel {
  return channel.open({ ...withFreshSecrets(channel, settings), ...outbound.settingsAt(url) });
}

/** The end of every fresh secret, so that a leak can be found anywhere. */
export const secretMark: string = `mark${randomUUID().replaceAll("-", "")}`;

function withFreshSecrets(
  channel: Channel,
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const fresh = Object.entries(settings).map(([name, value]) => {
    const field: unknown = channel.settings.shape[name];
    const isSecret = field instanceof z.ZodType && z.globalRegistry.get(field)?.["secret"] === true;
    return [name, isSecret && typeof value === "string" ? `${value}${secretMark}` : value];
  });
  return Object.fromEntries(fresh);
}

/** The envelope of a sample, which must be a message. */
export function envelopeOf(subject: ChannelUnderTest, name: string): Message {
  const webhook = subject.channel.open(subject.settings).webhook;
  const text = subject.samples.messages[name];
  if (webhook === undefined || text === undefined) throw new Error(`there is no message sample ${name}`);
  const event = webhook.read(bytesOf(text), receivedAt);
  if (event.kind !== "message") throw new Error(`the sample ${name} is ${event.kind}, not a message`);
  return event.draft.message;
}

/** An answer as an SDK builds it: from the envelope alone, with the attributes that it lists. */
export function answerTo(message: Message, content: MessageInitShape<typeof SendCommandSchema>): SendCommand {
  const named = (message.attributes[replyAttributesKey] ?? "").split(",").map((name) => name.trim());
  const carried = named.flatMap((name) => {
    const value = message.attributes[name];
    return value ? [[name, value] as const] : [];
  });
  return create(SendCommandSchema, {
    id: randomUUID(),
    schemaVersion: message.schemaVersion,
    channelType: message.channelType,
    conversationExternalId: message.conversationExternalId,
    attributes: Object.fromEntries(carried),
    ...content,
  });
}

/** An answer to the first place the subject names. */
export function anAnswer(
  subject: SendingChannel,
  content: MessageInitShape<typeof SendCommandSchema> = { text: "hello" },
): SendCommand {
  const [name] = Object.keys(subject.outbound.answers);
  if (name === undefined) throw new Error("outbound.answers names no sample");
  return answerTo(envelopeOf(subject, name), content);
}

/** The `DeliveryError` of a call; any other outcome fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const outcome: unknown = await work.then(
    () => "success",
    (error: unknown) => error,
  );
  if (outcome instanceof DeliveryError) return outcome;
  throw new Error("expected a DeliveryError", { cause: outcome });
}
