export {
  type Account,
  type Evidence,
  faultsOf,
  nameOf,
  noFaults,
  toAccount,
} from "./accounting.ts";
export { accountAnswers } from "./answers.ts";
export {
  comeBack,
  courses,
  deliverAgain,
  die,
  type Model,
  newModel,
  type Part,
  restartAll,
  type Step,
  say,
  type World,
} from "./crash-model.ts";
export {
  accountEnriched,
  accountInbound,
  type InboundAccounts,
  ledgerIds,
  outboxSize,
  readStream,
  waitUntilPublished,
} from "./evidence.ts";
export { type Fleet, type FleetOptions, startFleet } from "./fleet.ts";
export { openPlaces, type Place } from "./places.ts";
export { chooseSeed, createRandom } from "./random.ts";
export { readReceipts } from "./receipts.ts";
export { type Env, type Service, type ServiceName, startService } from "./service.ts";
export { channels, startTalk, type Talk, type TalkOptions } from "./talk.ts";
export { countUnacked, reassignCommands, releaseUnacked } from "./unacked.ts";
