// One exchange with the hostile seller: honest, but for the fault of its route.
import { cycleNumber } from "../../core/certificate.mjs";
import { readClaims } from "../../core/claims.mjs";
import { makeCertificate } from "../../core/tamper.mjs";
import { sha256 } from "../../lib/hash.mjs";
import { encodeHeader } from "../header.mjs";
import { challengeAnswer, makeChallenge, paymentOf, receiptHeader, settle } from "./offer.mjs";
import { answer } from "./wire.mjs";

/** Everything a fault may use; the receipt members are filled once settled. */
export function context(socket, request, shared) {
  const challenge = makeChallenge(
    request,
    `http://${request.headers.host}${request.path}${request.search}`,
  );
  const payment = paymentOf(request);
  const goods = {
    paid: payment !== null,
    seller: "hostile",
    method: request.method,
    body_bytes: request.body.length,
    body_sha256: sha256(request.body),
  };
  return {
    ...shared,
    socket,
    request,
    challenge,
    payment,
    goods,
    receipt: null,
    receiptHeaders: [],
  };
}

/** ?when=unpaid|paid moves the fault, ?settle=0|1 decides whether it is paid for. */
export async function play(route, ctx, entry) {
  const { query } = ctx.request;
  const phase = query.get("when") ?? route.phase ?? "paid";
  const isPaid = ctx.payment !== null;
  const settles = query.has("settle") ? query.get("settle") === "1" : (route.settles ?? true);
  if (isPaid && settles) {
    const refused = await takePayment(ctx, entry);
    if (refused) return ctx.socket.end(challengeAnswer({ ...ctx.challenge, error: refused }));
  }
  if ((phase === "paid") === isPaid) return route.act(ctx);
  return isPaid ? serveGoods(ctx) : ctx.socket.end(challengeAnswer(ctx.challenge));
}

async function takePayment(ctx, entry) {
  try {
    ctx.receipt = await settle(ctx);
  } catch (error) {
    ctx.receipt = { success: false, errorReason: error.message };
  }
  entry.settled = ctx.receipt.success;
  if (!ctx.receipt.success) return ctx.receipt.errorReason ?? "settlement failed";
  ctx.receiptHeaders = [[receiptHeader(ctx.challenge.x402Version), encodeHeader(ctx.receipt)]];
  ctx.otherCertificate = () => certificateOfAnother(ctx);
  return null;
}

/** Well signed by Core's key, over a request nobody made. */
function certificateOfAnother({ core, payment }) {
  const claims = readClaims(payment.payload.claims);
  const other = {
    ...claims,
    reqId: claims.reqId + 1n,
    domain: core.domains[claims.version],
    cycleId: cycleNumber("x:0"),
  };
  const { claims: bytes, signature } = makeCertificate(core.keys, other, null);
  return { claims: `0x${bytes}`, signature: `0x${signature}` };
}

export function serveGoods({ socket, goods, receiptHeaders }) {
  socket.end(answer(200, goods, receiptHeaders));
}
