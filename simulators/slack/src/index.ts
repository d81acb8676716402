// For tests, the demo and `mio up`.

export type { EventLog, Logged, WaitOptions } from "@mio/simulator-kit";
export { signSlackRequest } from "./events/post-event.ts";
export {
  type ActiveSlackFault,
  disconnectReasons,
  type SlackDisconnectReason,
  type SlackFaultName,
  type SlackFaultOptions,
  type SlackFaults,
  slackFaultNames,
} from "./faults.ts";
export { slackLauncher } from "./launch.ts";
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
} from "./model.ts";
export { startSlackSimulator } from "./simulator.ts";
export type {
  SlackApiCall,
  SlackDelivery,
  SlackEvent,
  SlackSocket,
  SlackTransport,
} from "./traffic.ts";
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
  SlackWorkspace,
} from "./types.ts";
