import { randomBytes } from "node:crypto";
import { fileHeaders, pageHeaders } from "@mio/simulator-kit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { CliqState } from "../state.ts";
import type { Controlled } from "../types.ts";
import { page } from "./page.ts";
import { regions, type View } from "./regions.ts";

const querySchema = z.object({ chat: z.string().optional(), as: z.string().optional() });

/** `/` for people, `/fragments` for the page's own updates, `/files/…` to look at what was uploaded. */
export function servePage(app: FastifyInstance, simulator: Controlled, state: CliqState): void {
  const view = (request: FastifyRequest): View => toView(simulator, state, querySchema.parse(request.query));

  app.get("/", async (request, reply) => {
    const nonce = randomBytes(16).toString("base64");
    reply.type("text/html; charset=utf-8").headers(pageHeaders(nonce));
    return page(view(request), nonce).markup;
  });
  app.get("/fragments", async (request) => {
    const lists = Object.entries(regions(view(request)));
    return Object.fromEntries(lists.map(([id, list]) => [id, list.markup]));
  });
  app.get("/files/:token", async (request, reply) => await sendFile(request, reply, state));
}

function toView(simulator: Controlled, state: CliqState, query: z.output<typeof querySchema>): View {
  const chats = simulator.chats();
  const asked = chats.find(({ id }) => id === query.chat) ?? chats.find(({ kind }) => kind === "channel");
  const chosen = query.as === undefined ? undefined : state.findUser(query.as);
  // The first user is the one whose token the API uses; people begin as somebody else.
  const anybody = simulator.users()[1] ?? simulator.users()[0];
  if (asked?.kind !== "dm") return { simulator, state, chat: asked, viewer: chosen ?? anybody };
  // Nobody reads another's direct chat: who changes the user there changes to that user's own.
  const chat = chosen ? state.ensureDm(chosen) : asked;
  return { simulator, state, chat, viewer: state.findUser(chat.userId ?? "") };
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  state: CliqState,
): Promise<FastifyReply> {
  const { token } = z.object({ token: z.string() }).parse(request.params);
  const file = state.findFile(token);
  if (!file) return await reply.code(404).send({ message: "no such file" });
  return await reply.headers(fileHeaders).type(file.mime).send(Buffer.from(file.bytes));
}
