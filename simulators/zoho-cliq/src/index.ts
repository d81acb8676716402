// For tests, the demo and `mio up`.

export type { EventLog, Logged, WaitOptions } from "@mio/simulator-kit";
export type { Endpoint } from "./endpoint.ts";
export {
  type ActiveFault,
  type FaultName,
  type FaultOptions,
  type Faults,
  faultNames,
} from "./faults.ts";
export { cliqLauncher } from "./launch.ts";
export { startCliqSimulator } from "./simulator.ts";
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
} from "./types.ts";
export { signWebhook } from "./webhook/sender.ts";
