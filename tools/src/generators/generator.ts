/** A file of this repository that is made from its code; checks compare it, nobody edits it. */
export interface Generator {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  render(): string | Promise<string>;
}
