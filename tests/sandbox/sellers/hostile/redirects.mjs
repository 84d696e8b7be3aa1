// A paid request is sent elsewhere. No payment header may follow.
import { answer } from "./wire.mjs";

const to = (about, target) => ({
  about,
  settles: false,
  act: ({ socket, request, place }) => {
    const status = Number(request.query.get("status") ?? 307);
    socket.end(answer(status, {}, [["location", target(place, request)]]));
  },
});

export const REDIRECTS = {
  redirect_same_host: to("to /good of the same origin", ({ origin }) => `${origin}/good`),
  redirect_relative: to("to /good, relative", () => "/good"),
  redirect_other_port: to(
    "to another port of the same host",
    ({ otherOrigin }) => `${otherOrigin}/good`,
  ),
  redirect_other_host: to(
    "to another host name",
    ({ otherOrigin }) => `${otherOrigin.replace("127.0.0.1", "localhost")}/good`,
  ),
  redirect_loop: to(
    "to itself, for ever",
    ({ origin }, { path, search }) => `${origin}${path}${search}`,
  ),
  redirect_file: to("to a local file", () => "file:///etc/hostname"),
};
