export { channelContract } from "./channel-contract.ts";
export { type FixtureSamples, samplesIn } from "./fixture-samples.ts";
export { goldenContract } from "./golden-contract.ts";
export { type ScriptedAnswer, type ScriptedHttp, scriptedHttp } from "./scripted-http.ts";
export { accountUnderTest, callUnderTest } from "./under-test/call-under-test.ts";
export type {
  Change,
  ChannelUnderTest,
  Samples,
  SignatureUnderTest,
} from "./under-test/channel-under-test.ts";
export type {
  FailureUnderTest,
  OutboundUnderTest,
  PlatformRequest,
  Posted,
} from "./under-test/outbound-under-test.ts";
export type { PlayedSocket, SocketUnderTest } from "./under-test/socket-under-test.ts";
