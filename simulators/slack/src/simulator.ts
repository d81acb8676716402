import { createGate, portOf, urlHost, waitForEvent } from "@mio/simulator-kit";
import { assemble } from "./assemble.ts";
import type { Controlled } from "./control/controlled.ts";
import { createControlServer } from "./control/server.ts";
import { createTrafficLedger } from "./ledger.ts";
import type { SlackSimulator, SlackSimulatorOptions } from "./types.ts";
import { waitForMessage } from "./wait-for-message.ts";
import type { Core } from "./workspace/core.ts";

/**
 * Starts a Slack of your own: two ports (Web API, files and sockets; page and control API), all state in memory.
 * The caller disposes it.
 *
 * @example
 * await using slack = await startSlackSimulator({ eventsUrl: "http://127.0.0.1:8080/webhooks/slack" });
 * await slack.say({ channel: "general", user: "Alice", text: "hello" });
 * await slack.waitForMessage((message) => message.author.kind === "bot");
 */
export async function startSlackSimulator(options: SlackSimulatorOptions = {}): Promise<SlackSimulator> {
  const host = options.host ?? "127.0.0.1";
  const parts = assemble(options);
  const { api, hub, mail, events, closing } = parts;
  await api.listen({ host, port: options.apiPort ?? 0 });
  const apiPort = portOf(api);
  const fileHost = `${urlHost(host)}:${apiPort}`;
  parts.opened({ gate: createGate(api.server, { host, port: apiPort }), origin: `http://${fileHost}` });
  const first = parts.found({
    name: "Acme",
    channels: options.channels ?? ["general"],
    people: options.people ?? ["Alice Nguyen", "Bob Tran"],
  });

  const simulator: Controlled = {
    ...first,
    apiBaseUrl: `http://${fileHost}/api/`,
    fileHost,
    oauth: parts.oauth,
    faults: parts.faults,
    events,
    ...createTrafficLedger(events),
    get signingSecret() {
      return mail.target().secret;
    },
    get eventsUrl() {
      return mail.target().url;
    },
    get transport() {
      return parts.transport();
    },
    workspaces: () => parts.founded().map(({ workspace }) => workspace),
    addWorkspace: (name) => parts.found({ name, channels: ["general"], people: ["Carol Diaz"] }),
    setEvents: mail.setEvents,
    setTransport: parts.setTransport,
    verifyUrl: mail.verifyUrl,
    deliver: mail.deliver,
    sockets: hub.sockets,
    waitFor: (predicate, wait) => waitForEvent(events, predicate, wait),
    waitForMessage: (predicate, wait) => waitForMessage(simulator, predicate, wait),
  };
  const findCore = (teamId: string): Core | undefined =>
    parts.founded().find(({ core }) => core.team.id === teamId)?.core;
  const control = createControlServer(simulator, { findCore, closing: closing.signal });
  await control.listen({ host, port: options.port ?? 0 }).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });

  return Object.assign(simulator, {
    url: `http://${urlHost(host)}:${portOf(control)}`,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("the simulator was stopped"));
      await parts.courier.settled();
      hub.cutAll();
      await parts.faults.settled();
      await Promise.all([api.close(), control.close()]);
    },
  });
}
