/** One platform at the end of the demo. */
export interface Tally {
  /** How many messages of people Mio accepted. */
  readonly accepted: number;
  /** The posts of echo. It gives every text a different answer. */
  readonly answers: readonly string[];
}
