import { servePage, type UploadedFile } from "@mio/simulator-kit";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SlackChat } from "../model.ts";
import type { Controlled } from "../types.ts";
import type { Core } from "../workspace/core.ts";
import type { View } from "./lists.ts";
import { toPage } from "./page.ts";

const querySchema = z.object({
  team: z.string().optional(),
  chat: z.string().optional(),
  as: z.string().optional(),
});

type FindCore = (teamId: string) => Core | undefined;

/** Adds the page to the server of the control API. */
export function serveSlackPage(app: FastifyInstance, simulator: Controlled, findCore: FindCore): void {
  servePage(app, {
    contentOf: (query) => toPage(toView({ simulator, findCore }, querySchema.parse(query))),
    findFile: ([team = "", file = ""]) => findFile(findCore(team), file),
  });
}

function toView(
  context: { readonly simulator: Controlled; readonly findCore: FindCore },
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

/** Direct messages are visible to their members only. */
function isOpenTo({ kind, memberIds }: SlackChat, viewerId: string | undefined): boolean {
  return kind === "channel" || kind === "group" || memberIds.some((id) => id === viewerId);
}

function findFile(core: Core | undefined, fileId: string): UploadedFile | undefined {
  const file = core?.state.findFile(fileId);
  const bytes = core?.state.bytesOf(fileId);
  return file && bytes && { mime: file.mime, bytes };
}
