// The hostile seller: /<fault> behaves honestly except for that one fault.
import { createServer } from "node:net";
import { once } from "node:events";
import { accounts } from "../../lib/accounts.mjs";
import { coreClient } from "../../lib/core_client.mjs";
import { CHALLENGES } from "./challenges.mjs";
import { context, play, serveGoods } from "./play.mjs";
import { RECEIPTS } from "./receipts.mjs";
import { REDIRECTS } from "./redirects.mjs";
import { REQUOTES } from "./requotes.mjs";
import { SLOW } from "./slow.mjs";
import { STATUSES } from "./statuses.mjs";
import { TABS, answerTab } from "./tabs.mjs";
import { answer, readRequest } from "./wire.mjs";

const ROUTES = {
  good: { about: "no fault at all", settles: true, act: serveGoods },
  ...REDIRECTS,
  ...STATUSES,
  ...SLOW,
  ...RECEIPTS,
  ...REQUOTES,
  ...CHALLENGES,
  ...TABS,
};

export async function startHostile(world, { core, facilitator }) {
  const client = coreClient(core.url, accounts.bob, "hostile");
  const place = {};
  const memory = { flips: 0 };
  world.onReset(() => (memory.flips = 0));
  const shared = { world, place, memory, facilitator, core: { ...core, client } };
  place.origin = await listen(world, (socket) => converse(socket, shared, "seller/hostile"));
  // A second origin, so that a redirect can leave the first one.
  place.otherOrigin = await listen(world, (socket) =>
    converse(socket, shared, "seller/hostile_other"),
  );
  return place.origin;
}

async function listen(world, onSocket) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    onSocket(socket).catch((error) => {
      console.error(error);
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  world.onStop(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function converse(socket, shared, service) {
  const request = await readRequest(socket);
  if (!request) return socket.destroy();
  const seen = { ...request, query: request.search, service, port: socket.remotePort };
  const entry = shared.world.journal.record(seen);
  const name = request.path.slice(1);
  if (name === "healthz") return socket.end(answer(200, { status: "ok" }));
  if (name === "") return socket.end(answer(200, listing()));
  if (name === "tab") return answerTab({ socket, request });
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : null;
  if (!route) return socket.end(answer(404, { error: "no such fault" }));
  await play(route, context(socket, request, shared), entry);
}

function listing() {
  return Object.fromEntries(Object.entries(ROUTES).map(([name, { about }]) => [name, about]));
}
