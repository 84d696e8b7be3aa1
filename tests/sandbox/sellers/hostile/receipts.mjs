// Served, but the evidence is missing, unreadable or about something else.
import { encodeHeader } from "../header.mjs";
import { receiptHeader } from "./offer.mjs";
import { ESCAPES } from "./texts.mjs";
import { answer } from "./wire.mjs";

/** `values` makes the receipt header values from the honest receipt. */
const receipt = (about, values) => ({
  about,
  settles: true,
  act: async (ctx) => {
    const name = receiptHeader(ctx.challenge.x402Version);
    const headers = (await values(ctx.receipt, ctx)).map((value) => [name, value]);
    ctx.socket.end(answer(200, ctx.goods, headers));
  },
});

const certificateIn = (r) => r.guarantee ?? r.extra?.certificate ?? {};
const withCertificate = (r, change) => {
  const copy = structuredClone(r);
  Object.assign(certificateIn(copy), change);
  return [encodeHeader(copy)];
};
const flipLast = (hex) => hex.slice(0, -1) + (hex.endsWith("0") ? "1" : "0");

export const RECEIPTS = {
  free_after_pay: receipt("200 without a receipt", () => []),
  bad_receipt_base64: receipt("not base64", () => ["***not base64***"]),
  bad_receipt_json: receipt("base64 of no JSON", () => [
    Buffer.from("{receipt").toString("base64"),
  ]),
  bad_receipt_array: receipt("base64 of a JSON array", () => [encodeHeader([])]),
  bad_receipt_failure: receipt("success:false with 200", (r) => [
    encodeHeader({ ...r, success: false, errorReason: "settlement failed" }),
  ]),
  bad_receipt_no_certificate: receipt(
    "success:true, no certificate",
    ({ extra, guarantee, ...rest }) => [encodeHeader(rest)],
  ),
  bad_receipt_signature: receipt("certificate signature changed", (r) =>
    withCertificate(r, { signature: flipLast(certificateIn(r).signature) }),
  ),
  bad_receipt_other_payment: receipt("good certificate of another payment", (r, ctx) =>
    withCertificate(r, ctx.otherCertificate()),
  ),
  bad_receipt_twice: receipt("two receipts that differ", (r) => [
    encodeHeader(r),
    encodeHeader({ ...r, success: false }),
  ]),
  bad_receipt_huge: receipt("a receipt of 300 kB", (r) => [
    encodeHeader({ ...r, note: "n".repeat(225_000) }),
  ]),
  bad_receipt_control: receipt("escape sequences in its texts", (r) => [
    encodeHeader({ ...r, success: false, errorReason: ESCAPES, errorMessage: ESCAPES }),
  ]),
};
