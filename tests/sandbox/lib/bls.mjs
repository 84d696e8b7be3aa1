// BLS12-381 as Core uses it: keys in G1, signatures in G2, the NUL suite.
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToHex, hexToBytes } from "viem";

const { longSignatures: scheme } = bls12_381;
const HALF = 48; // bytes of a field element

export function blsKey(secretHex) {
  const secret = hexToBytes(secretHex);
  const point = scheme.getPublicKey(secret);
  return {
    publicKey: bytesToHex(point.toBytes(true)),
    words: g1Words(point),
    sign: (message) =>
      bytesToHex(scheme.Signature.toBytes(scheme.sign(scheme.hash(hexToBytes(message)), secret))),
  };
}

export function blsVerify(publicKey, message, signature) {
  try {
    return scheme.verify(
      hexToBytes(signature),
      scheme.hash(hexToBytes(message)),
      hexToBytes(publicKey),
    );
  } catch {
    return false; // not a point at all
  }
}

/** Contract form: x and y, each as 16 zero bytes + 16, then 32. */
function g1Words(point) {
  const raw = point.toBytes(false);
  return [raw.slice(0, HALF), raw.slice(HALF)].flatMap((element) => [
    bytesToHex(new Uint8Array([...new Uint8Array(16), ...element.slice(0, 16)])),
    bytesToHex(element.slice(16)),
  ]);
}
