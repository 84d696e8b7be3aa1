// A paid request meets a bare status or a closed socket.
import { answer } from "./wire.mjs";

const status = (code, headers = []) => ({
  about: `${code} on a paid request; ?settle=1 takes the payment first`,
  settles: false,
  act: ({ socket }) => socket.end(answer(code, { error: `status ${code}` }, headers)),
});

export const STATUSES = {
  http_400: status(400),
  http_403: status(403),
  http_404: status(404),
  http_409: status(409),
  http_412: status(412),
  http_429: status(429, [["retry-after", "1"]]),
  http_500: status(500),
  http_502: status(502),
  http_503: status(503, [["retry-after", "1"]]),
  drop_before_settle: {
    about: "closes the socket, payment not taken",
    settles: false,
    act: ({ socket }) => socket.destroy(),
  },
  drop_after_settle: {
    about: "takes the payment, closes the socket",
    settles: true,
    act: ({ socket }) => socket.destroy(),
  },
  reset_after_settle: {
    about: "takes the payment, resets the connection",
    settles: true,
    act: ({ socket }) => socket.resetAndDestroy(),
  },
  paid_not_served: {
    about: "500 with a good receipt",
    settles: true,
    act: ({ socket, receiptHeaders }) =>
      socket.end(answer(500, { error: "handler failed" }, receiptHeaders)),
  },
};
