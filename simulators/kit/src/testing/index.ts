// For tests of simulators.

export { type Received, type Receiver, type Reply, startReceiver } from "./receiver.ts";
