// For tests, the demo and `mio up`.

export type { Endpoint } from "./cliq/endpoint.ts";
export {
  type ActiveFault,
  type FaultName,
  type FaultOptions,
  type Faults,
  faultNames,
} from "./cliq/faults.ts";
export { startCliqSimulator } from "./cliq/simulator.ts";
export type {
  ApiCall,
  AuthorKind,
  CliqEvent,
  CliqOauth,
  CliqSimulator,
  CliqSimulatorOptions,
  Delivery,
  DeliveryOptions,
  PostFileInput,
  Said,
  SayDmInput,
  SayInput,
  SimAuthor,
  SimChat,
  SimMention,
  SimMessage,
  SimRevision,
  SimUser,
  WaitOptions,
} from "./cliq/types.ts";
export { signWebhook } from "./cliq/webhook/sender.ts";
export type { SimulatorClock } from "./http/clock.ts";
export type { EventLog, Logged } from "./http/event-log.ts";
export { signSlackRequest } from "./slack/events/webhook.ts";
export {
  type ActiveSlackFault,
  disconnectReasons,
  type SlackDisconnectReason,
  type SlackFaultName,
  type SlackFaultOptions,
  type SlackFaults,
  slackFaultNames,
} from "./slack/faults.ts";
export type {
  SlackAuthor,
  SlackAuthorKind,
  SlackBot,
  SlackChat,
  SlackChatKind,
  SlackFile,
  SlackMessage,
  SlackMetadata,
  SlackReaction,
  SlackRevision,
  SlackStream,
  SlackTeam,
  SlackUser,
} from "./slack/model.ts";
export { startSlackSimulator } from "./slack/simulator.ts";
export type {
  SlackApiCall,
  SlackDelivery,
  SlackEvent,
  SlackSocket,
  SlackTransport,
} from "./slack/traffic.ts";
export type {
  SlackChannelSettings,
  SlackDeliveryOptions,
  SlackOauth,
  SlackPostFileInput,
  SlackReactInput,
  SlackSaid,
  SlackSayDmInput,
  SlackSayGroupInput,
  SlackSayInput,
  SlackSimulator,
  SlackSimulatorOptions,
  SlackWaitOptions,
  SlackWorkspace,
} from "./slack/types.ts";
