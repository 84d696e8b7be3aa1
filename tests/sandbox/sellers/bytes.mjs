// Bytes a test can make again: SHA-256 of a counter, block after block.
import { createHash } from "node:crypto";

const MAX = 256 << 20;

export function pseudoRandom(length) {
  const size = Number.isSafeInteger(length) && length >= 0 ? Math.min(length, MAX) : 0;
  const bytes = Buffer.alloc(size);
  for (let at = 0, block = 0; at < size; at += 32, block++) {
    createHash("sha256").update(String(block)).digest().copy(bytes, at);
  }
  return bytes;
}
