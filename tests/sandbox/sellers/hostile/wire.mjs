// HTTP/1.1 by hand: a hostile seller must be able to write what no library would.

const REASONS = {
  200: "OK",
  302: "Found",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  402: "Payment Required",
};
const MAX_REQUEST = 8 << 20;

/** Reads one request from a socket; null when the client gives up early. */
export async function readRequest(socket) {
  let bytes = Buffer.alloc(0);
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, part]);
    const request = parse(bytes);
    if (request) return request;
    if (bytes.length > MAX_REQUEST) return null;
  }
  return null;
}

function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [start, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const pairs = lines.map((line) => line.split(/:\s*(.*)/s, 2));
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  const body = bytes.subarray(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return null;
  const [method, target] = start.split(" ");
  const { pathname, search, searchParams } = new URL(target, "http://sandbox");
  const headerNames = pairs.map(([name]) => name);
  return { method, path: pathname, search, query: searchParams, headers, headerNames, body };
}

/** Head of an answer; `headers` is a list of pairs, so that names may repeat. */
export function head(status, headers = []) {
  const lines = [["connection", "close"], ...headers].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status} ${REASONS[status] ?? "Status"}\r\n${lines.join("")}\r\n`;
}

/** A well-formed answer with a JSON body. */
export function answer(status, value, headers = []) {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const own = [
    ["content-type", "application/json"],
    ["content-length", Buffer.byteLength(body)],
  ];
  return head(status, [...own, ...headers]) + body;
}

/** Writes `size` bytes of `chunk` repeated, no faster than they are read. */
export async function pour(socket, chunk, size) {
  for (let sent = 0; sent < size && !socket.destroyed; sent += chunk.length) {
    if (!socket.write(chunk)) await drained(socket);
  }
}

function drained(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.once("drain", done).once("close", done);
  });
}

/** Writes one byte at a time until done or hung up on. */
export async function drip(socket, text, everyMs) {
  for (const byte of Buffer.from(text)) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, everyMs).unref());
  }
}
