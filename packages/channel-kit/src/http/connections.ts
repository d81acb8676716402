import { Agent, type Dispatcher } from "undici";

/**
 * The kept connections of this process, one pool per host, for calls and downloads. Who makes calls bounds them: the
 * sender pool by its slots per platform. A bound here would queue calls that hold a slot already.
 */
export const connections: Dispatcher = new Agent();
