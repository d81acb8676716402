export { ackWord, nakWord, termWord, workingWord } from "./acknowledgements.ts";
export { isFull, jetStreamCodes } from "./api-codes.ts";
export { isAboutDeath } from "./copied-headers.ts";
export {
  type DeadLetterContent,
  type DeadLetterDraft,
  type RejectedMessage,
  storeDeadLetter,
  toDeadLetter,
} from "./dead-letter.ts";
export { type DeliverySubject, isDelivery, parseDeliverySubject } from "./delivery-subject.ts";
export { createLanes, type LanePlace, type Lanes, type LanesOptions, type LaneTask } from "./lanes.ts";
export { messageKey } from "./message-key.ts";
export {
  type ConsumerName,
  type OpenTime,
  type Pin,
  type PullRequest,
  pullSubject,
  toPullBody,
} from "./pull-request.ts";
export { type PullStatus, type PullStatusKind, pinIdHeader, pinIdOf, readPullStatus } from "./pull-status.ts";
export { isForOtherDurable } from "./redrive.ts";
export { isSupportedServer, minimumServerVersion } from "./server-version.ts";
export { streamNames } from "./stream-names.ts";
export { takeUndelivered, type UndeliveredOptions } from "./take-undelivered.ts";
