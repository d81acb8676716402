import {
  createControlServer,
  createTrafficLedger,
  openApi,
  openSimulator,
  waitForEvent,
  waitForMessage,
} from "@mio/simulator-kit";
import { assemble } from "./assemble.ts";
import { acts } from "./control/acts.ts";
import { reads } from "./control/reads.ts";
import type { SlackMessage } from "./model.ts";
import { serveSlackPage } from "./page/serve-page.ts";
import type { SlackApiCall, SlackDelivery, SlackEvent } from "./traffic.ts";
import type { Controlled, SlackSimulator, SlackSimulatorOptions } from "./types.ts";
import type { Core } from "./workspace/core.ts";

/**
 * Starts a simulated Slack on two ports: one for Web API, files and sockets, one for page and control API. All state is
 * in memory.
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
  const { api, hub, webhook, events, closing } = parts;
  const port = await openApi(api, { host, port: options.apiPort ?? 0 });
  parts.opened({ gate: port.gate, origin: `http://${port.host}` });
  const first = parts.addWorkspace({
    name: "Acme",
    channels: options.channels ?? ["general"],
    people: options.people ?? ["Alice Nguyen", "Bob Tran"],
  });

  const simulator: Controlled = {
    ...first,
    apiBaseUrl: `http://${port.host}/api/`,
    fileHost: port.host,
    oauth: parts.oauth,
    faults: parts.faults,
    events,
    ...createTrafficLedger(events, { deliveryOf, callOf, counterOf: ({ method }) => method }),
    get signingSecret() {
      return webhook.target().secret;
    },
    get eventsUrl() {
      return webhook.target().url;
    },
    get transport() {
      return parts.transport();
    },
    workspaces: () => parts.workspaces().map(({ workspace }) => workspace),
    addWorkspace: (name) => parts.addWorkspace({ name, channels: ["general"], people: ["Carol Diaz"] }),
    setEvents: webhook.setEvents,
    setTransport: parts.setTransport,
    verifyUrl: webhook.verifyUrl,
    deliver: webhook.deliver,
    sockets: hub.sockets,
    waitFor: (predicate, wait) => waitForEvent(events, predicate, wait),
    waitForMessage: (predicate, wait) => waitForMessage({ events, messageOf, messages }, predicate, wait),
  };
  const messages = (): readonly SlackMessage[] =>
    parts
      .workspaces()
      .flatMap(({ core: { state } }) => state.chats().flatMap(({ id }) => state.messages(id)));
  const findCore = (teamId: string): Core | undefined =>
    parts.workspaces().find(({ core }) => core.team.id === teamId)?.core;
  const control = createControlServer(simulator, { acts, reads, closing: closing.signal });
  serveSlackPage(control, simulator, findCore);
  return await openSimulator(simulator, {
    ...{ api, control, closing },
    address: { host, port: options.port ?? 0 },
    settle: async () => {
      await parts.eventSender.settled();
      hub.terminateAll();
      await parts.faults.settled();
    },
  });
}

function messageOf(event: SlackEvent): SlackMessage | undefined {
  return "message" in event ? event.message : undefined;
}

function deliveryOf(event: SlackEvent): SlackDelivery | undefined {
  return event.type === "event.delivered" ? event.delivery : undefined;
}

function callOf(event: SlackEvent): SlackApiCall | undefined {
  return event.type === "api.called" ? event.call : undefined;
}
