import type { CliqSimulator } from "@mio/simulator-zoho-cliq";

/** What others must know to call the simulated Cliq. */
export type PlatformAccess = Pick<
  CliqSimulator,
  "apiBaseUrl" | "oauthUrl" | "oauth" | "bot" | "organizationId" | "webhookSecret"
>;

/** A visible post; times in milliseconds of the wall clock. */
export interface Post {
  readonly text: string;
  readonly at: number;
  /** When each edit was shown. */
  readonly editedAt: readonly number[];
}

/** A message that a person has sent, and the answer of the webhook. */
export interface Said {
  readonly text: string;
  readonly at: number;
  readonly status: number;
  readonly ms: number;
}

export interface Talk {
  /** Prefix of the texts. */
  readonly name: string;
  readonly webhookUrl: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** API calls since the start. */
export interface CallCounts {
  readonly post: number;
  readonly edit: number;
  /** The most connections that were open at the same time since the previous count. */
  readonly connections: number;
}

/** What the process of the platform does on request. */
export interface PlatformActs {
  count(): CallCounts;
  posts(): readonly Post[];
  /** People send messages in an open loop. Resolves when all webhooks were answered. */
  talk(talk: Talk): Promise<readonly Said[]>;
}

export type ActName = keyof PlatformActs;

export interface Request {
  readonly id: number;
  readonly act: ActName;
  readonly input?: Talk;
}

export type Reply =
  | { readonly kind: "ready"; readonly access: PlatformAccess }
  | { readonly kind: "done"; readonly id: number; readonly json: string }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };
