export { accountUnderTest, callUnderTest } from "./call-under-test.ts";
export type { Change } from "./change-contract.ts";
export { channelContract } from "./channel-contract.ts";
export type { ChannelUnderTest, Samples, SignatureUnderTest } from "./channel-under-test.ts";
export { type FixtureSamples, samplesIn } from "./fixture-samples.ts";
export { goldenContract } from "./golden-contract.ts";
export type { FailureUnderTest, OutboundUnderTest, PlatformRequest, Posted } from "./outbound-under-test.ts";
export { type ScriptedAnswer, type ScriptedHttp, scriptedHttp } from "./scripted-http.ts";
export type { PlayedSocket, SocketUnderTest } from "./socket-under-test.ts";
