import type { Channel } from "@mio/channel-kit";
import { slack } from "@mio/channel-slack";
import { zohoCliq } from "@mio/channel-zoho-cliq";

/** Every channel Mio has; a new one is one more line here. */
export const channels: readonly Channel[] = [slack, zohoCliq];
