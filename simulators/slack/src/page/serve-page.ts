import { randomBytes } from "node:crypto";
import { fileHeaders, pageHeaders } from "@mio/simulator-kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SlackChat } from "../model.ts";
import type { Controlled } from "../types.ts";
import type { Core } from "../workspace/core.ts";
import { page } from "./page.ts";
import { regions, type View } from "./regions.ts";

const querySchema = z.object({
  team: z.string().optional(),
  chat: z.string().optional(),
  as: z.string().optional(),
});

/** `/` for people, `/fragments` for the page's own updates, `/files/…` to look at what was uploaded. */
export function servePage(
  app: FastifyInstance,
  simulator: Controlled,
  findCore: (teamId: string) => Core | undefined,
): void {
  const view = (request: FastifyRequest): View =>
    toView({ simulator, findCore }, querySchema.parse(request.query));

  app.get("/", async (request, reply) => {
    const nonce = randomBytes(16).toString("base64");
    reply.type("text/html; charset=utf-8").headers(pageHeaders(nonce));
    return page(view(request), nonce).markup;
  });
  app.get("/fragments", async (request) => {
    const lists = Object.entries(regions(view(request)));
    return Object.fromEntries(lists.map(([id, list]) => [id, list.markup]));
  });
  app.get<{ Params: { team: string; file: string } }>("/files/:team/:file", async (request, reply) => {
    const { team, file } = request.params;
    return await sendFile(reply, findCore(team), file);
  });
}

function toView(
  context: { readonly simulator: Controlled; readonly findCore: (teamId: string) => Core | undefined },
  query: z.output<typeof querySchema>,
): View {
  const { simulator, findCore } = context;
  const core = findCore(query.team ?? "") ?? findCore(simulator.team.id);
  if (!core) throw new Error("unreachable: a simulator without its own workspace");
  const { state } = core;
  const viewer = state.findUser(query.as ?? "") ?? state.users()[0];
  const open = state.chats().filter((chat) => isOpenTo(chat, viewer?.id));
  const chat = open.find(({ id }) => id === query.chat) ?? open[0];
  return { simulator, core, chat, viewer, open };
}

/** Nobody reads other people's direct messages. */
function isOpenTo({ kind, memberIds }: SlackChat, viewerId: string | undefined): boolean {
  return kind === "channel" || kind === "group" || memberIds.some((id) => id === viewerId);
}

async function sendFile(reply: FastifyReply, core: Core | undefined, fileId: string): Promise<FastifyReply> {
  const file = core?.state.findFile(fileId);
  const bytes = core?.state.bytesOf(fileId);
  if (!file || !bytes) return await reply.code(404).send({ message: "no such file" });
  return await reply.headers(fileHeaders).type(file.mime).send(Buffer.from(bytes));
}
