// Numbers and addresses as Core reads them from JSON.
import { Refusal } from "../lib/serve.mjs";

const U256_MAX = (1n << 256n) - 1n;

/** What the framework says when JSON does not fit the type: 422, plain text. */
export function unfit(message) {
  return new Refusal(422, `Failed to deserialize the JSON body into the target type: ${message}`, {
    plain: true,
  });
}

/** Decimal or 0x text, or an integer token small enough to be exact here. */
export function readU256(value, name) {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || !/^(0x[0-9a-f]+|[0-9]+)$/i.test(text))
    throw unfit(`${name}: not a u256`);
  const number = BigInt(text);
  if (number > U256_MAX) throw unfit(`${name}: too large`);
  return number;
}

export function readInteger(value, name, max = Number.MAX_SAFE_INTEGER) {
  if (!Number.isSafeInteger(value) || value < 0 || value > max)
    throw unfit(`${name}: not an integer in range`);
  return value;
}

/** Any letter case, 0x optional; returned in lower case with 0x. */
export function readAddress(value, name) {
  const hex = readText(value, name).replace(/^0x/i, "");
  if (!/^[0-9a-f]{40}$/i.test(hex)) throw new Refusal(400, `invalid ${name}`);
  return `0x${hex.toLowerCase()}`;
}

export function readHash(value, name) {
  if (typeof value !== "string" || !/^0x[0-9a-f]{64}$/i.test(value))
    throw unfit(`${name}: not 32 bytes`);
  return value.toLowerCase();
}

export function readText(value, name) {
  if (typeof value !== "string") throw unfit(`${name}: not a string`);
  return value;
}

export const hexMin = (number) => `0x${number.toString(16)}`;
