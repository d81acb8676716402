import { type CallTimes, createCallTimes } from "@mio/channel-kit";

export const callTimes: CallTimes = createCallTimes({ filesMs: 120_000 });
