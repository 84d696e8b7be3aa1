// Answers that take for ever, stop half way, or never begin.
import { answer, drip, head, pour } from "./wire.mjs";

const EVERY_MS = 1000;
const LONG = "x".repeat(600);
const ENDLESS = 1 << 30;

const slow = (about, act) => ({ about, settles: true, act });
const full = ({ goods, receiptHeaders }) => answer(200, goods, receiptHeaders);
const split = (text) => text.indexOf("\r\n\r\n") + 4;

export const SLOW = {
  slow_body: slow("one body byte a second", async (ctx) => {
    const text = full(ctx);
    ctx.socket.write(text.slice(0, split(text)));
    await drip(ctx.socket, text.slice(split(text)), EVERY_MS);
    ctx.socket.end();
  }),
  slow_head: slow("one head byte a second", (ctx) => drip(ctx.socket, full(ctx), EVERY_MS)),
  head_only: slow("head, then silence", (ctx) => {
    const text = full(ctx);
    ctx.socket.write(text.slice(0, split(text)));
  }),
  half_body: slow("half the body, then silence", ({ socket, receiptHeaders }) => {
    socket.write(head(200, [...receiptHeaders, ["content-length", 2 * LONG.length]]) + LONG);
  }),
  cut_body: slow("half the body, then the end", ({ socket, receiptHeaders }) => {
    socket.end(head(200, [...receiptHeaders, ["content-length", 2 * LONG.length]]) + LONG);
  }),
  no_answer: slow("silence", () => {}),
  endless_body: slow("a chunked body without end (1 GiB)", async ({ socket, receiptHeaders }) => {
    socket.write(head(200, [...receiptHeaders, ["transfer-encoding", "chunked"]]));
    const chunk = `10000\r\n${"z".repeat(65536)}\r\n`;
    await pour(socket, Buffer.from(chunk), ENDLESS);
    socket.end("0\r\n\r\n");
  }),
  endless_headers: slow("header lines without end (1 GiB)", async ({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    await pour(socket, Buffer.from(`x-more: ${"y".repeat(1000)}\r\n`), ENDLESS);
    socket.end("\r\n");
  }),
};
