import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { MioError } from "@mio/failure";
import {
  type DeliveryReceipt,
  DeliveryReceiptSchema,
  type Message,
  MessageSchema,
  type SendCommand,
  SendCommandSchema,
} from "@mio/proto";

/** The binary form on the inbound streams. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  return toBinary(MessageSchema, message);
}

/** @throws MioError `envelope.undecodable` */
export function decodeMessage(bytes: Uint8Array): Message {
  return orUndecodable("Message", () => fromBinary(MessageSchema, bytes));
}

/** The binary form on the outbound stream. */
export function encodeCommand(command: SendCommand): Uint8Array<ArrayBuffer> {
  return toBinary(SendCommandSchema, command);
}

/** @throws MioError `envelope.undecodable` */
export function decodeCommand(bytes: Uint8Array): SendCommand {
  return orUndecodable("SendCommand", () => fromBinary(SendCommandSchema, bytes));
}

/** The binary form on the receipts stream. */
export function encodeReceipt(receipt: DeliveryReceipt): Uint8Array<ArrayBuffer> {
  return toBinary(DeliveryReceiptSchema, receipt);
}

/** @throws MioError `envelope.undecodable` */
export function decodeReceipt(bytes: Uint8Array): DeliveryReceipt {
  return orUndecodable("DeliveryReceipt", () => fromBinary(DeliveryReceiptSchema, bytes));
}

function orUndecodable<T>(type: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw undecodable(type, cause);
  }
}

function undecodable(type: string, cause: unknown): MioError {
  return new MioError("envelope.undecodable", `The payload is not a mio.v1.${type}.`, {
    details: { type },
    cause,
  });
}
