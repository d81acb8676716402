/** A generated file of this repository. The step `drift` compares it; do not edit it. */
export interface Generator {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  render(): string | Promise<string>;
}
