import { type Act, switchFaults } from "@mio/simulator-kit";
import { z } from "zod";
import { endpoints } from "../endpoint.ts";
import { type FaultName, faultNames } from "../faults.ts";
import type { Controlled, Said } from "../types.ts";

const delivery = z
  .strictObject({
    duplicate: z.union([z.boolean(), z.int().min(0).max(1_000)]).exactOptional(),
    forgedSignature: z.boolean().exactOptional(),
    delayMs: z.number().min(0).max(600_000).exactOptional(),
  })
  .exactOptional();

const say = z.strictObject({
  chat: z.string(),
  user: z.string(),
  text: z.string(),
  replyTo: z.string().exactOptional(),
  mentions: z.array(z.string()).exactOptional(),
  delivery,
});
const dm = say.pick({ user: true, text: true, delivery: true });
const file = z.strictObject({
  chat: z.string(),
  user: z.string(),
  name: z.string().min(1),
  mime: z.string().min(1),
  base64: z.base64(),
  comment: z.string().exactOptional(),
  delivery,
});
const edit = z.strictObject({ messageId: z.string(), text: z.string(), delivery });
const one = z.strictObject({ messageId: z.string(), delivery });
const raw = z.strictObject({ body: z.string(), delivery });
const webhook = z.strictObject({ url: z.url().nullable(), secret: z.string().min(1).exactOptional() });
const isName = (name: string): name is FaultName => faultNames.some((known) => known === name);
const fault = z.strictObject({
  name: z.string().refine(isName, { error: `is not one of ${faultNames.join(", ")}` }),
  times: z.int().min(1).exactOptional(),
  retryAfterSeconds: z.int().min(0).exactOptional(),
  ms: z.int().min(0).max(600_000).exactOptional(),
  status: z.int().min(500).max(599).exactOptional(),
  endpoints: z.array(z.enum(endpoints)).min(1).exactOptional(),
});
const faults = z.strictObject({
  set: z.union([fault, z.array(fault)]).exactOptional(),
  clear: z.union([z.literal(true), fault.shape.name]).exactOptional(),
});

/** The handler of each `POST /sim/…`. Throws a `ZodError` for an invalid body. */
export const acts: Readonly<Record<string, Act<Controlled>>> = {
  say: async (simulator, body) => await simulator.say(say.parse(body)),
  dm: async (simulator, body) => await simulator.sayDm(dm.parse(body)),
  file: async (simulator, body) => {
    const { base64, ...input } = file.parse(body);
    return await simulator.postFile({ ...input, bytes: Buffer.from(base64, "base64") });
  },
  edit: async (simulator, body) => {
    const input = edit.parse(body);
    return await simulator.edit(input.messageId, input.text, input.delivery);
  },
  remove: async (simulator, body) => {
    const input = one.parse(body);
    return await simulator.remove(input.messageId, input.delivery);
  },
  redeliver: async (simulator, body) => {
    const input = one.parse(body);
    return { deliveries: await simulator.redeliver(input.messageId, input.delivery) };
  },
  forge: async (simulator, body) => await forge(simulator, z.union([one, say]).parse(body)),
  deliver: async (simulator, body) => {
    const input = raw.parse(body);
    return { deliveries: await simulator.deliver(input.body, input.delivery) };
  },
  faults: async (simulator, body) => {
    const { set = [], clear } = faults.parse(body);
    return await switchFaults(simulator.faults, { set: [set].flat(), clear });
  },
  webhook: async (simulator, body) => {
    const { url, secret } = webhook.parse(body);
    simulator.setWebhook({ url: url ?? undefined, ...(secret === undefined ? {} : { secret }) });
    return { url };
  },
  "expire-tokens": async (simulator) => {
    simulator.expireTokens();
    return {};
  },
};

/** Sends an old or a new event with a wrong signature. */
async function forge(
  simulator: Controlled,
  input: z.output<typeof one> | z.output<typeof say>,
): Promise<Said | { readonly deliveries: Said["deliveries"] }> {
  const forged = { ...input.delivery, forgedSignature: true };
  if ("text" in input) return await simulator.say({ ...input, delivery: forged });
  return { deliveries: await simulator.redeliver(input.messageId, forged) };
}
