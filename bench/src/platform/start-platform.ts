import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";
import type { ActName, CallCounts, PlatformAccess, Post, Reply, Request, Said, Talk } from "./protocol.ts";

const module = fileURLToPath(new URL("./main.ts", import.meta.url));

/** The simulated Cliq in a separate process, so that it shares no thread with the load or with the measurement. */
export interface Platform extends AsyncDisposable {
  readonly access: PlatformAccess;
  count(): Promise<CallCounts>;
  posts(): Promise<readonly Post[]>;
  talk(talk: Talk): Promise<readonly Said[]>;
}

export async function startPlatform(): Promise<Platform> {
  const child = fork(module, { execArgv: ["--conditions=@mio/source"] });
  const { access, ask } = await connectTo(child);
  return {
    access,
    count: () => ask("count"),
    posts: () => ask("posts"),
    talk: (talk) => ask("talk", talk),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

async function connectTo(child: ChildProcess) {
  const ready = Promise.withResolvers<PlatformAccess>();
  const open = new Map<number, PromiseWithResolvers<string>>();
  const fail = (message: string): void => {
    const error = new MioError("bench.load_failed", message);
    ready.reject(error);
    for (const { reject } of open.values()) reject(error);
  };
  child.on("exit", (code) => fail(`The simulated Cliq ended with code ${code}.`));
  child.on("message", (reply: Reply) => {
    if (reply.kind === "ready") return ready.resolve(reply.access);
    const answer = open.get(reply.id);
    open.delete(reply.id);
    if (reply.kind === "done") answer?.resolve(reply.json);
    else answer?.reject(new MioError("bench.load_failed", reply.message));
  });
  let id = 0;
  const ask = async <Result>(act: ActName, input?: Talk): Promise<Result> => {
    const answer = Promise.withResolvers<string>();
    id += 1;
    open.set(id, answer);
    const request: Request = { id, act, ...(input === undefined ? {} : { input }) };
    child.send(request);
    return JSON.parse(await answer.promise);
  };
  return { access: await ready.promise, ask };
}
