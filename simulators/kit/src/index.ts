// For the simulators of platforms.

export { hangUp, portOf, urlHost } from "./http/address.ts";
export { guardControl } from "./http/control-guard.ts";
export { createEventLog, type EventLog, type Logged, type WritableEventLog } from "./http/event-log.ts";
export { createSwitchBoard, type SetFault } from "./http/fault-board.ts";
export { createGate, type Gate } from "./http/gate.ts";
export { type Html, html } from "./http/html.ts";
export { serveEventStream } from "./http/sse.ts";
export { waitForEvent } from "./http/wait.ts";
export { faultList } from "./page/fault-list.ts";
export { hueOf, initialsOf, timeOf, toneOf } from "./page/format.ts";
export { fileHeaders, pageHeaders } from "./page/headers.ts";
export { fileView, historyView } from "./page/message-parts.ts";
export { pageShell } from "./page/shell.ts";
