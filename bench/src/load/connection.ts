import { connect, type Socket } from "node:net";

/** One keep-alive connection with one request at a time; far cheaper than a full HTTP client. */
export interface Connection extends Disposable {
  /** Sends one request; resolves with the status, or 0 if the connection broke. */
  send(request: Buffer): Promise<number>;
}

const headEnd = Buffer.from("\r\n\r\n");

export async function openConnection(host: string, port: number): Promise<Connection> {
  let socket = await dial(host, port);
  let answer: Buffer = Buffer.alloc(0);
  let waiting: PromiseWithResolvers<number> | undefined;

  const settle = (status: number): void => {
    answer = Buffer.alloc(0);
    waiting?.resolve(status);
    waiting = undefined;
  };
  const onData = (chunk: Buffer): void => {
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    const status = parseStatus(answer);
    if (status !== undefined) settle(status);
  };
  const watch = (opened: Socket): void => {
    opened.on("data", onData);
    opened.on("close", () => settle(0));
    opened.on("error", () => settle(0));
  };
  watch(socket);
  return {
    async send(request) {
      if (socket.destroyed) {
        socket = await dial(host, port);
        watch(socket);
      }
      waiting = Promise.withResolvers<number>();
      socket.write(request);
      return waiting.promise;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

function dial(host: string, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port, noDelay: true });
  socket.once("connect", () => resolve(socket));
  socket.once("error", reject);
  return promise;
}

/** The status of a complete answer; undefined while bytes are missing. */
function parseStatus(answer: Buffer): number | undefined {
  const end = answer.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = answer.toString("latin1", 0, end);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return answer.length < end + headEnd.length + length ? undefined : Number(head.slice(9, 12));
}
