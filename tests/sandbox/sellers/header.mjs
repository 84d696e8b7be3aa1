// x402 header values: base64 of compact JSON.
import { Refusal } from "../lib/serve.mjs";

export const encodeHeader = (value) => Buffer.from(JSON.stringify(value)).toString("base64");

export function decodeHeader(text) {
  try {
    return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  } catch {
    throw new Refusal(400, "unreadable payment header");
  }
}
