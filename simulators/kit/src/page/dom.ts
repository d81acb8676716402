/**
 * The part of the DOM that the page's script uses. TypeScript's own DOM types are global: they would replace types of Node
 * in every program that sees this package.
 */
export interface PageElement {
  id: string;
  textContent: string | null;
  innerHTML: string;
  hidden: boolean;
  value: string;
  checked: boolean;
  rows: number;
  returnValue: string;
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  readonly dataset: Readonly<Record<string, string | undefined>>;
  readonly files: ArrayLike<File> | null;
  readonly content: { readonly children: Iterable<PageElement> };
  readonly firstElementChild: PageElement | null;
  readonly nextElementSibling: PageElement | null;
  onclose: () => void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  closest(selector: string): PageElement | null;
  contains(other: PageElement): boolean;
  focus(): void;
  insertBefore(entry: PageElement, before: PageElement | null): void;
  isEqualNode(other: PageElement): boolean;
  querySelector(selector: string): PageElement | null;
  remove(): void;
  replaceWith(other: PageElement): void;
  requestSubmit(): void;
  setAttribute(name: string, value: string): void;
  showModal(): void;
}

export interface PageEvent {
  readonly target: PageElement;
  readonly key: string;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
  preventDefault(): void;
}

export interface PageDocument {
  readonly activeElement: PageElement | null;
  readonly body: PageElement;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  createElement(name: string): PageElement;
  getElementById(id: string): PageElement | null;
}

export interface PageEventSource {
  onmessage: () => void;
  onerror: () => void;
  onopen: () => void;
}

export interface PageFileReader {
  onload: () => void;
  onerror: () => void;
  readonly error: Error | null;
  readonly result: string | null;
  readAsDataURL(file: File): void;
}

/** The control API and `/fragments` answer with JSON objects of texts, as far as the page reads them. */
export type PageFetch = (
  url: string,
  init?: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
) => Promise<{ readonly ok: boolean; json(): Promise<Readonly<Record<string, string>>> }>;
