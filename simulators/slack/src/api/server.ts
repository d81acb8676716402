import { randomUUID } from "node:crypto";
import type { Clock } from "@mio/pacing";
import { hangUp, playCall, type WritableEventLog } from "@mio/simulator-kit";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { ActiveSlackFault, SlackFaultBoard } from "../faults.ts";
import type { SlackEvent } from "../traffic.ts";
import type { Core } from "../workspace/core.ts";
import { type Answer, broken, loginPage, no, ok, Refusal, rateLimited } from "./answer.ts";
import { type Args, readArgs } from "./args.ts";
import type { Call } from "./call.ts";
import { downloadFile, receiveUpload } from "./files.ts";
import { methods } from "./methods.ts";
import type { Caller, Tokens } from "./tokens.ts";

/** A file of 100 MiB fits. */
const bodyLimit = 100 * 1024 * 1024;

export interface ApiOptions {
  readonly tokens: Tokens;
  readonly faults: SlackFaultBoard;
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly findCore: (teamId: string) => Core | undefined;
  readonly closing: AbortSignal;
}

/** A parsed request. */
interface Request {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly authorization: string | undefined;
  /** A fault that changes the work but does not replace it. */
  readonly fault?: ActiveSlackFault | undefined;
}

/** The answer to a request, and the workspace of its token. */
interface Outcome {
  readonly answer: Answer;
  readonly teamId?: string;
}

/** The server that answers as `slack.com` and `files.slack.com` do. Not listening yet. */
export function createApiServer(options: ApiOptions): FastifyInstance {
  const app = fastify({ bodyLimit, forceCloseConnections: true, routerOptions: { maxParamLength: 4_096 } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  const callMethod = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const method = pathOf(request).split("/").at(-1) ?? "";
    return await serve(options, { request, reply, method, work: (taken) => answerMethod(options, taken) });
  };
  app.get("/api/*", callMethod);
  app.post("/api/*", callMethod);

  app.post<{ Params: { team: string; secret: string } }>(
    "/upload/v1/:team/:secret",
    async (request, reply) => {
      const { team, secret } = request.params;
      const work = async ({ contentType, body }: Request): Promise<Outcome> => ({
        teamId: team,
        answer: await receiveUpload(options.findCore(team), { secret, contentType, body }),
      });
      return await serve(options, { request, reply, method: "upload", work });
    },
  );
  const download = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const place = pathOf(request).split("/")[2] ?? "";
    const work = (taken: Request): Outcome => {
      const caller = options.tokens.callerOf(bearerOf(taken.authorization));
      const core = caller.kind === "bot" ? caller.core : undefined;
      return { answer: downloadFile(core, place), ...(core ? { teamId: core.team.id } : {}) };
    };
    return await serve(options, { request, reply, method: "download", work });
  };
  app.get("/files-pri/*", download);
  return app;
}

async function answerMethod(options: ApiOptions, request: Request): Promise<Outcome> {
  const args = await readArgs(request);
  if (args === undefined) return { answer: no("invalid_json") };
  if (request.method === "oauth.v2.access") {
    const basic = /^Basic\s+(\S+)$/i.exec(request.authorization ?? "")?.[1];
    return { answer: options.tokens.grant(args, basic) };
  }
  if (request.method === "api.test") return { answer: ok({ args: {} }) };
  const method = methods.get(request.method);
  if (!method) return { answer: no("unknown_method", { req_method: request.method }) };
  const caller = callerOf(options, request, args);
  if (caller.kind === "refused") return { answer: no(caller.error) };
  const teamId = caller.core.team.id;
  if (caller.kind !== method.token) return { answer: no("not_allowed_token_type"), teamId };
  const { scopes } = caller.core;
  if (method.scope !== undefined && !scopes.includes(method.scope)) {
    const needed = { needed: method.scope, provided: scopes.join(",") };
    return { answer: no("missing_scope", needed), teamId };
  }
  const call = { core: caller.core, args, ...effectOf(request.fault) };
  return { answer: guarded(() => method.handle(call)), teamId };
}

function effectOf(fault: ActiveSlackFault | undefined): Pick<Call, "endsStream"> {
  if (fault?.name !== "stream_ended") return {};
  return { endsStream: fault.options.error ?? "message_not_in_streaming_state" };
}

/** A bot token may also be an argument, an app token may not. */
function callerOf({ tokens }: ApiOptions, { authorization, method }: Request, args: Args): Caller {
  const token = bearerOf(authorization);
  return tokens.callerOf(token ?? (method === "apps.connections.open" ? undefined : args.text("token")));
}

function guarded(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

interface Service {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly method: string;
  readonly work: (request: Request) => Outcome | Promise<Outcome>;
}

async function serve(options: ApiOptions, { request, reply, method, work }: Service): Promise<FastifyReply> {
  const strike = options.faults.strike(method);
  const respond = async (): Promise<Outcome> => {
    const refusal = strike.fault && refusalOf(strike.fault);
    return refusal ? { answer: refusal } : await work({ ...toRequest(request, method), fault: strike.fault });
  };
  const { answer: outcome, isCut, at, ms, fault } = await playCall(strike, respond, options);
  const { answer, teamId } = outcome;
  const status = isCut ? 0 : answer.status;
  const call = { method, teamId, status, error: answer.error, ms, at, fault };
  options.events.append({ type: "api.called", call });
  const scopes = (teamId === undefined ? undefined : options.findCore(teamId))?.scopes ?? [];
  return isCut ? hangUp(request, reply) : send(reply, answer, scopes);
}

/** The answer of a fault that replaces the work; undefined for all other faults. */
function refusalOf({ name, options }: ActiveSlackFault): Answer | undefined {
  switch (name) {
    case "rate_limited":
      return rateLimited(options.retryAfterSeconds ?? 1);
    case "ok_false":
      return no(options.error ?? "internal_error");
    case "server_error":
      return broken(options.status ?? 500);
    case "login_page":
      return loginPage;
    case "expired_token":
      return no("token_expired");
    case "invalid_auth":
      return no("invalid_auth");
    case "stream_not_allowed":
      return no(options.error ?? "missing_scope");
    case "duplicate_event":
    case "reorder":
    case "lost_event":
    case "half_open_socket":
    case "socket_close":
    case "refresh_socket":
    case "slow":
    case "drop_response":
    case "late_answer":
    case "refuse_connections":
    case "token_race":
    case "stream_ended":
      return undefined;
  }
}

function toRequest({ url, headers, body }: FastifyRequest, method: string): Request {
  return {
    method,
    query: new URL(url, "http://slack.invalid").searchParams,
    contentType: headers["content-type"] ?? "",
    body: Buffer.isBuffer(body) ? body : new Uint8Array(),
    authorization: headers.authorization,
  };
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
}

function pathOf({ url }: FastifyRequest): string {
  return new URL(url, "http://slack.invalid").pathname;
}

function send(reply: FastifyReply, answer: Answer, scopes: readonly string[]): FastifyReply {
  reply.code(answer.status).headers({
    "x-slack-req-id": randomUUID().replaceAll("-", ""),
    ...(scopes.length === 0 ? {} : { "x-oauth-scopes": scopes.join(",") }),
    ...answer.headers,
  });
  if (answer.contentType !== undefined) return reply.type(answer.contentType).send(answer.body);
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.body ?? {}));
}
