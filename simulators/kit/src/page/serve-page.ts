import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { fileHeaders, pageHeaders } from "./headers.ts";
import type { PageContent } from "./shell.ts";
import { pageShell } from "./shell.ts";

export interface UploadedFile {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** `/` for people, `/fragments` for the page's own updates, `/files/…` to look at uploads. */
export function servePage(
  app: FastifyInstance,
  page: {
    /** Returns the page for a query string. */
    readonly contentOf: (query: unknown) => PageContent;
    /** Finds an upload by its path below `/files/`, split at slashes. */
    readonly findFile: (path: readonly string[]) => UploadedFile | undefined;
  },
): void {
  app.get("/", async (request, reply) => {
    const nonce = randomBytes(16).toString("base64");
    reply.type("text/html; charset=utf-8").headers(pageHeaders(nonce));
    return pageShell(page.contentOf(request.query), nonce).markup;
  });
  app.get("/fragments", async (request) => {
    const lists = Object.entries(page.contentOf(request.query).lists);
    return Object.fromEntries(lists.map(([id, list]) => [id, list.markup]));
  });
  app.get<{ Params: { "*": string } }>("/files/*", async (request, reply) => {
    const file = page.findFile(request.params["*"].split("/"));
    return await sendFile(reply, file);
  });
}

async function sendFile(reply: FastifyReply, file: UploadedFile | undefined): Promise<FastifyReply> {
  if (!file) return await reply.code(404).send({ message: "no such file" });
  return await reply.headers(fileHeaders).type(file.mime).send(Buffer.from(file.bytes));
}
