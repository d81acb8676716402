// For simulators of platforms.

export { type Act, createControlServer, type Observed, type Read } from "./control/control-server.ts";
export { createEventLog, type EventLog, type Logged, type WritableEventLog } from "./events/event-log.ts";
export { createTrafficLedger, type TrafficLedger } from "./events/traffic-ledger.ts";
export { type WaitOptions, waitForEvent, waitForMessage } from "./events/wait-for.ts";
export {
  type ActiveFault,
  createFaultBoard,
  type FaultBoard,
  type Faults,
  type Strike,
} from "./faults/fault-board.ts";
export { playCall } from "./faults/play-call.ts";
export { switchFaults } from "./faults/switch-faults.ts";
export { toneOf } from "./page/format.ts";
export { type Html, html } from "./page/html.ts";
export { type CallEntry, type ChatEntry, type ChatGroup, type PageLists, pageLists } from "./page/lists.ts";
export { fileView } from "./page/message-parts.ts";
export { deliveryChips, type MessageActions, messageView, reactionChips } from "./page/message-view.ts";
export type { PageBehaviour, PageTools } from "./page/page-behaviour.ts";
export { servePage, type UploadedFile } from "./page/serve-page.ts";
export type { PageContent } from "./page/shell.ts";
export { hangUp } from "./serve/address.ts";
export type { Gate } from "./serve/gate.ts";
export type { Launched, Launcher, LaunchSettings } from "./serve/launcher.ts";
export { type ApiPort, openApi, openSimulator } from "./serve/run.ts";
