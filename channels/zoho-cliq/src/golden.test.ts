import { goldenContract } from "@mio/channel-kit/contract";
import { zohoCliq } from "./index.ts";

goldenContract({
  channel: zohoCliq,
  settings: { CLIQ_BOT_ID: "b-1974000000016000005" },
  fixtures: new URL("../fixtures/", import.meta.url),
});
