import type { Dispatcher } from "undici";

/** The gate was closed when the request was about to be written, so the platform did not receive it. */
export class GateClosed extends Error {
  override readonly name = "GateClosed";
}

/** Checks one request synchronously, right before its first byte is written. */
export interface WriteGate {
  readonly dispatcher: Dispatcher;
  /** Whether writing the request has begun. */
  isPassed(): boolean;
}

/** Calls `mayPass` once the request has a connection, which may be long after the request was made. */
export function openGate(connections: Dispatcher, mayPass: () => boolean): WriteGate {
  let passed = false;
  const pass = (): void => {
    if (!mayPass()) throw new GateClosed();
    passed = true;
  };
  return {
    dispatcher: connections.compose(
      (dispatch) => (options, handler) => dispatch(options, throughGate(handler, pass)),
    ),
    isPassed: () => passed,
  };
}

function throughGate(handler: Dispatcher.DispatchHandler, pass: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      pass();
      handler.onRequestStart?.(controller, context);
    },
    onResponseStart: (...answer) => handler.onResponseStart?.(...answer),
    onResponseData: (...chunk) => handler.onResponseData?.(...chunk),
    onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
    onResponseError: (...failure) => handler.onResponseError?.(...failure),
  };
}
