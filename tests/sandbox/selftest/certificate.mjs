// An independent look at a certificate: BLS with the package, fields by position.
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { hexToBytes } from "viem";

const { longSignatures: scheme } = bls12_381;
const with0x = (hex) => (hex.startsWith("0x") ? hex : `0x${hex}`);

export function isSigned(publicKey, { claims, signature }) {
  try {
    const message = scheme.hash(hexToBytes(with0x(claims)));
    return scheme.verify(hexToBytes(with0x(signature)), message, hexToBytes(publicKey));
  } catch {
    return false;
  }
}

/** V1 words after the envelope of three. */
export function decodeV1({ claims }) {
  const hex = with0x(claims).slice(2);
  const word = (i) => hex.slice(64 * (i + 3), 64 * (i + 4));
  const number = (i) => BigInt(`0x${word(i)}`);
  const address = (i) => `0x${word(i).slice(24)}`;
  return {
    bytes: hex.length / 2,
    domain: `0x${word(0)}`,
    reqId: number(2),
    user: address(3),
    recipient: address(4),
    amount: number(5),
    asset: address(6),
    timestamp: number(7),
    version: number(8),
  };
}
