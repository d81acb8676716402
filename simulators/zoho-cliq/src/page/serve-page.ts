import { servePage } from "@mio/simulator-kit";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { CliqState } from "../state.ts";
import type { Controlled } from "../types.ts";
import type { View } from "./lists.ts";
import { toPage } from "./page.ts";

const querySchema = z.object({ chat: z.string().optional(), as: z.string().optional() });

/** Adds the page to the server of the control API. */
export function serveCliqPage(app: FastifyInstance, simulator: Controlled, state: CliqState): void {
  servePage(app, {
    contentOf: (query) => toPage(toView(simulator, state, querySchema.parse(query))),
    findFile: ([token = ""]) => state.findFile(token),
  });
}

function toView(simulator: Controlled, state: CliqState, query: z.output<typeof querySchema>): View {
  const chats = simulator.chats();
  const asked = chats.find(({ id }) => id === query.chat) ?? chats.find(({ kind }) => kind === "channel");
  const chosen = query.as === undefined ? undefined : state.findUser(query.as);
  // The first user owns the API's token, so the page starts with the second.
  const defaultUser = simulator.users()[1] ?? simulator.users()[0];
  if (asked?.kind !== "dm") return { simulator, state, chat: asked, viewer: chosen ?? defaultUser };
  // Direct chats are private: choosing another user opens that user's direct chat.
  const chat = chosen ? state.ensureDm(chosen) : asked;
  return { simulator, state, chat, viewer: state.findUser(chat.userId ?? "") };
}
