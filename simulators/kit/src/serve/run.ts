import type { FastifyInstance } from "fastify";
import { portOf, urlHost } from "./address.ts";
import { createGate, type Gate } from "./gate.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The open port of a platform's API. */
export interface ApiPort {
  readonly gate: Gate;
  /** `host:port` for callers on this machine. */
  readonly host: string;
}

export async function openApi(api: FastifyInstance, { host, port }: Address): Promise<ApiPort> {
  await api.listen({ host, port });
  const actual = portOf(api);
  return { gate: createGate(api.server, { host, port: actual }), host: `${urlHost(host)}:${actual}` };
}

export interface RunningParts {
  readonly api: FastifyInstance;
  readonly control: FastifyInstance;
  /** Where page and control API listen. */
  readonly address: Address;
  readonly closing: AbortController;
  /** Runs after `closing` has aborted; resolves when no work is left. */
  readonly settle: () => Promise<void>;
}

/** Opens the port of page and control API. Disposing closes everything. Closes `api` when listening fails. */
export async function openSimulator<Simulator extends object>(
  simulator: Simulator,
  { api, control, address, closing, settle }: RunningParts,
): Promise<Simulator & { readonly url: string } & AsyncDisposable> {
  await control.listen(address).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });
  return Object.assign(simulator, {
    url: `http://${urlHost(address.host)}:${portOf(control)}`,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("the simulator was stopped"));
      await settle();
      await Promise.all([api.close(), control.close()]);
    },
  });
}
