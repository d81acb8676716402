/** How fast one bucket may go. */
export interface RateLimit {
  /** Account id, or account and conversation: what the rate counts. */
  readonly key: string;
  /** Above 0. */
  readonly perSecond: number;
}
