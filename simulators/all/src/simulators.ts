import type { Launcher } from "@mio/simulator-kit";
import { slackLauncher } from "@mio/simulator-slack";
import { cliqLauncher } from "@mio/simulator-zoho-cliq";

/** Every simulator; the first one is the default. */
export const simulators: readonly Launcher[] = [cliqLauncher, slackLauncher];
