export { accountUnderTest, callUnderTest } from "./call-surroundings.ts";
export { channelContract } from "./channel-contract.ts";
export type { ChannelUnderTest, Samples, SignatureUnderTest } from "./channel-under-test.ts";
export { type ScriptedAnswer, type ScriptedHttp, scriptedHttp } from "./scripted-http.ts";
