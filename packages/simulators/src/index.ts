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
