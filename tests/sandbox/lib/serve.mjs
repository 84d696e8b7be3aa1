// One way to listen: every service gets the journal and the transport faults.
import { createServer } from "node:http";
import { once } from "node:events";
import { MAX_BODY } from "./config.mjs";
import { TRANSPORT_FAULTS } from "./faults.mjs";

/** A refusal with a status; Core, control and sellers throw it. */
export class Refusal extends Error {
  constructor(status, message, { plain = false, headers = {} } = {}) {
    super(message);
    Object.assign(this, { status, plain, headers });
  }
}

/**
 * Starts a service on a free port of 127.0.0.1.
 * `handle(req, res)` sees req.body as bytes and req.entry as its journal line.
 */
export async function serve(world, service, handle) {
  const server = createServer(async (req, res) => {
    res.on("error", () => {}); // a client that hangs up is normal here
    try {
      await admit(world, service, req, res, handle);
    } catch (error) {
      fail(res, error);
    }
  });
  // A silent kept-alive socket must not hold the end of the sandbox up.
  server.keepAliveTimeout = 5000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  world.onStop(() => closeNow(server));
  return `http://127.0.0.1:${server.address().port}`;
}

function closeNow(server) {
  server.close();
  server.closeAllConnections();
}

async function admit(world, service, req, res, handle) {
  const url = new URL(req.url, "http://sandbox");
  req.body = await readBody(req);
  req.query_params = url.searchParams;
  req.path_name = url.pathname;
  req.entry = world.journal.record({
    service,
    method: req.method,
    path: url.pathname,
    query: url.search,
    headers: req.headers,
    headerNames: req.rawHeaders.filter((_, i) => i % 2 === 0),
    body: req.body,
    port: req.socket.remotePort,
  });
  res.on("close", () => (req.entry.status = res.writableFinished ? res.statusCode : "dropped"));
  const isPaid = Object.keys(req.entry.payments).length > 0;
  const fault = world.faults.take(service, url.pathname, TRANSPORT_FAULTS, isPaid);
  if (fault) req.entry.fault = fault.fault;
  if (fault && !applyFault(fault, res)) return;
  await handle(req, res);
}

async function readBody(req) {
  const parts = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > MAX_BODY) throw new Refusal(413, "body too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Returns whether the request may still be handled. */
function applyFault({ fault, arg }, res) {
  const early = /^http_(\d+)$/.exec(fault);
  if (early) {
    const headers = early[1] === "429" ? { "retry-after": String(arg ?? 1) } : {};
    sendJson(res, Number(early[1]), { error: `injected ${fault}` }, headers);
    return false;
  }
  if (fault === "drop_before_accept") {
    res.destroy();
    return false;
  }
  const end = res.end.bind(res);
  if (fault === "delay") {
    res.end = (...args) => (setTimeout(() => end(...args), arg ?? 1000), res);
    return true;
  }
  // The effect happens; only the way back is cut or replaced.
  const writeHead = res.writeHead.bind(res);
  res.writeHead = () => res;
  res.write = () => true;
  res.end = () => {
    if (fault === "drop_after_accept") return res.destroy();
    const body = JSON.stringify({ error: "internal server error" });
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    writeHead(500, { "content-type": "application/json", "content-length": body.length });
    return end(body);
  };
  return true;
}

export function sendJson(res, status, value, headers = {}) {
  const body = JSON.stringify(value);
  res.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  res.end(body);
}

function fail(res, error) {
  if (res.headersSent || res.destroyed) return res.destroy();
  if (!(error instanceof Refusal)) console.error(error);
  const { status = 500, plain, headers } = error;
  const text = status === 500 ? "internal server error" : error.message;
  if (!plain) return sendJson(res, status, { error: text }, headers);
  res.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  res.end(text);
}

/** The JSON body, refused as a web framework refuses it: plain text. */
export function jsonBody(req) {
  if (!/^application\/json\b/i.test(req.headers["content-type"] ?? ""))
    throw new Refusal(415, "Expected request with `Content-Type: application/json`", {
      plain: true,
    });
  try {
    return JSON.parse(req.body.toString("utf8"));
  } catch {
    throw new Refusal(400, "Failed to parse the request body as JSON", { plain: true });
  }
}

/** Table routing: "GET /a/:b" or "ANY /a" -> async (req, {b}) => value | undefined. */
export function router(routes) {
  const table = Object.entries(routes).map(([key, answer]) => {
    const [method, path] = key.split(" ");
    const pattern = path.replace(/:(\w+)/g, "(?<$1>[^/]+)");
    return { method, pattern: new RegExp(`^${pattern}$`), answer };
  });
  return async (req, res) => {
    const onPath = table.filter(({ pattern }) => pattern.test(req.path_name));
    if (onPath.length === 0) throw new Refusal(404, "not found");
    const route = onPath.find(({ method }) => [req.method, "ANY"].includes(method));
    if (!route) throw new Refusal(405, "method not allowed");
    const params = route.pattern.exec(req.path_name).groups ?? {};
    const decoded = Object.fromEntries(
      Object.entries(params).map(([k, v]) => [k, decodeURIComponent(v)]),
    );
    const value = await route.answer(req, decoded, res);
    if (value !== undefined) sendJson(res, 200, value);
  };
}
