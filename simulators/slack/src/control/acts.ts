import { type Act, switchFaults } from "@mio/simulator-kit";
import { z } from "zod";
import { disconnectReasons, isSlackFaultName, type SlackFaultName, slackFaultNames } from "../faults.ts";
import type { Controlled, SlackWorkspace } from "../types.ts";
import { workspaceOf } from "./workspace-of.ts";

const delivery = z
  .strictObject({
    duplicate: z.union([z.boolean(), z.int().min(0).max(1_000)]).exactOptional(),
    forgedSignature: z.boolean().exactOptional(),
    staleSeconds: z.int().min(0).exactOptional(),
    delayMs: z.number().min(0).max(600_000).exactOptional(),
  })
  .exactOptional();

/** A workspace, by id or name. */
const team = z.string().optional();
const name = z.string().min(1);
const threadTs = z.string().exactOptional();

const say = z.strictObject({
  ...{ team, threadTs, delivery, channel: name, user: name, text: z.string() },
  broadcast: z.boolean().exactOptional(),
});
const dm = z.strictObject({ team, threadTs, delivery, user: name, text: z.string() });
const group = z.strictObject({ ...dm.shape, others: z.array(name).min(1) });
const file = z.strictObject({
  ...{ team, threadTs, delivery, channel: name, user: name, name, mime: name },
  base64: z.base64(),
  comment: z.string().exactOptional(),
});
const one = z.strictObject({ team, channel: name, ts: z.string() });
const edit = z.strictObject({ ...one.shape, text: z.string() });
const reaction = z.strictObject({ ...one.shape, user: name, emoji: name, delivery });
const join = z.strictObject({ team, channel: name, user: name });
const otherBot = z.strictObject({ team, channel: name, text: z.string() });
const redelivery = z.strictObject({ team, event: name, delivery });
const channel = z.strictObject({
  ...{ team, channel: name },
  isArchived: z.boolean().exactOptional(),
  hasBot: z.boolean().exactOptional(),
});
const raw = z.strictObject({ body: z.string(), delivery });
const events = z.strictObject({ url: z.url().nullable(), secret: name.exactOptional() });
const transport = z.strictObject({ transport: z.enum(["webhook", "socket"]) });
const workspace = z.strictObject({ name });
const onlyTeam = z.strictObject({ team });
const isName = (candidate: string): candidate is SlackFaultName => isSlackFaultName(candidate);
const fault = z.strictObject({
  name: z.string().refine(isName, { error: `is not one of ${slackFaultNames.join(", ")}` }),
  times: z.int().min(1).exactOptional(),
  retryAfterSeconds: z.int().min(0).exactOptional(),
  ms: z.int().min(0).max(600_000).exactOptional(),
  status: z.int().min(500).max(599).exactOptional(),
  error: name.exactOptional(),
  reason: z.enum(disconnectReasons).exactOptional(),
  methods: z.array(name).min(1).exactOptional(),
});
const faults = z.strictObject({
  set: z.union([fault, z.array(fault)]).exactOptional(),
  clear: z.union([z.literal(true), fault.shape.name]).exactOptional(),
});

/** An act in the workspace that the body names. */
function inWorkspace<Body extends { readonly team?: string | undefined }>(
  schema: z.ZodType<Body>,
  act: (workspace: SlackWorkspace, input: Omit<Body, "team">) => unknown,
): Act<Controlled> {
  return async (simulator, body) => {
    const { team: reference, ...input } = schema.parse(body);
    return await act(workspaceOf(simulator, reference), input);
  };
}

/** The handler of each `POST /sim/…`. Throws a `ZodError` for an invalid body. */
export const acts: Readonly<Record<string, Act<Controlled>>> = {
  say: inWorkspace(say, (there, input) => there.say(input)),
  dm: inWorkspace(dm, (there, input) => there.sayDm(input)),
  group: inWorkspace(group, (there, input) => there.sayGroup(input)),
  file: inWorkspace(file, (there, { base64, ...input }) =>
    there.postFile({ ...input, bytes: Buffer.from(base64, "base64") }),
  ),
  edit: inWorkspace(edit, (there, input) => there.edit(input.channel, input.ts, input.text)),
  unfurl: inWorkspace(one, (there, input) => there.unfurl(input.channel, input.ts)),
  remove: inWorkspace(one, (there, input) => there.remove(input.channel, input.ts)),
  react: inWorkspace(reaction, (there, input) => there.react(input)),
  unreact: inWorkspace(reaction, (there, input) => there.unreact(input)),
  join: inWorkspace(join, (there, input) => there.join(input.channel, input.user)),
  "other-bot": inWorkspace(otherBot, (there, input) => there.otherBotSays(input.channel, input.text)),
  redeliver: inWorkspace(redelivery, async (there, input) => ({
    deliveries: await there.redeliver(input.event, input.delivery),
  })),
  forge: inWorkspace(redelivery, async (there, input) => ({
    deliveries: await there.redeliver(input.event, { ...input.delivery, forgedSignature: true }),
  })),
  channel: inWorkspace(channel, (there, { channel: reference, ...settings }) =>
    there.setChannel(reference, settings),
  ),
  "expire-tokens": inWorkspace(onlyTeam, (there) => {
    there.expireTokens();
    return {};
  }),
  "install-code": inWorkspace(onlyTeam, (there) => ({ code: there.installCode() })),
  deliver: async (simulator, body) => {
    const input = raw.parse(body);
    return { deliveries: await simulator.deliver(input.body, input.delivery) };
  },
  faults: async (simulator, body) => {
    const { set = [], clear } = faults.parse(body);
    return await switchFaults(simulator.faults, { set: [set].flat(), clear });
  },
  events: async (simulator, body) => {
    const { url, secret } = events.parse(body);
    simulator.setEvents({ url: url ?? undefined, ...(secret === undefined ? {} : { secret }) });
    return { url, verified: url !== null && (await simulator.verifyUrl()) };
  },
  transport: async (simulator, body) => {
    const input = transport.parse(body);
    simulator.setTransport(input.transport);
    return input;
  },
  workspaces: async (simulator, body) => {
    const {
      team: made,
      bot,
      botToken,
      appToken,
      refreshToken,
    } = simulator.addWorkspace(workspace.parse(body).name);
    return { team: made, bot, botToken, appToken, refreshToken };
  },
};
