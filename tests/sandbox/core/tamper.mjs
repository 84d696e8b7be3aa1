// Certificates that lie: each fault changes what is signed, or the signature.
import { bytesToHex, hexToBytes } from "viem";
import { accounts } from "../lib/accounts.mjs";
import { CHAIN_ID, NATIVE_ASSET } from "../lib/config.mjs";
import { certificateDomain, encodeCertificate, encodeTenWords } from "./certificate.mjs";

const STRANGER = accounts.cid.address;

const CHANGED_CLAIMS = {
  tampered_amount: (c) => ({ amount: c.amount + 1n }),
  tampered_recipient: () => ({ recipient: STRANGER }),
  tampered_asset: () => ({ asset: NATIVE_ASSET }),
  tampered_client: () => ({ user: STRANGER }),
  tampered_reqid: (c) => ({ reqId: c.reqId + 1n }),
  tampered_policy: (c) => ({
    minValidationScore: c.minValidationScore === 1 ? 2 : c.minValidationScore - 1,
  }),
  old_timestamp: (c, arg) => ({ timestamp: c.timestamp - BigInt(arg ?? 3600) }),
  wrong_domain: (c) => ({ domain: certificateDomain(c.version, CHAIN_ID, STRANGER) }),
};
const CHANGED_BYTES = {
  wrong_version: (c, arg) =>
    encodeCertificate(
      c,
      arg === "inner" ? { shownVersion: c.version, innerVersion: 3 } : { shownVersion: 3 },
    ),
  ten_words: encodeTenWords,
};
const CHANGED_SIGNATURE = {
  bad_cert_sig: (signature) => withBytes(signature, (bytes) => (bytes[95] ^= 1)),
  bad_cert_point: (signature, arg) => NO_POINT[arg ?? "garbage"](signature),
};
const NO_POINT = {
  garbage: () => `0x8f${"ff".repeat(95)}`,
  flags: (signature) => withBytes(signature, (bytes) => (bytes[0] &= 0x7f)),
  infinity: () => `0xc0${"00".repeat(95)}`,
};

export const CERTIFICATE_FAULTS = [
  ...Object.keys(CHANGED_CLAIMS),
  ...Object.keys(CHANGED_BYTES),
  ...Object.keys(CHANGED_SIGNATURE),
  "wrong_key",
  "no_hex",
];

/** Signs `claims`; an armed certificate fault bends the result. */
export function makeCertificate({ key, otherKey }, claims, armed) {
  const { fault, arg } = armed ?? {};
  const shown = { ...claims, ...CHANGED_CLAIMS[fault]?.(claims, arg) };
  const bytes = CHANGED_BYTES[fault]?.(shown, arg) ?? encodeCertificate(shown);
  const signature = (fault === "wrong_key" ? otherKey : key).sign(bytes);
  const sent = CHANGED_SIGNATURE[fault]?.(signature, arg) ?? signature;
  if (fault === "no_hex") return { claims: "zz", signature: "not hex" };
  return { claims: bytes.slice(2), signature: sent.slice(2) };
}

function withBytes(hex, change) {
  const bytes = hexToBytes(hex);
  change(bytes);
  return bytesToHex(bytes);
}
