// Offers whose tab endpoint fails or lies. Failing there must not matter.
import { answer } from "./wire.mjs";
import { challengeAnswer } from "./offer.mjs";
import { accounts } from "../../lib/accounts.mjs";

const MODES = {
  error: { about: "answers 500", reply: () => answer(500, { error: "no tabs here" }) },
  wrong_user: {
    about: "answers for another user",
    reply: () => answer(200, { userAddress: accounts.cid.address, nextReqId: "0x5" }),
  },
  repeat: {
    about: "gives the same request id each time",
    reply: (user) => answer(200, { userAddress: user, nextReqId: "0x2a" }),
  },
  terms: {
    about: "answers other terms, to be ignored",
    reply: (user) =>
      answer(200, {
        userAddress: user,
        nextReqId: "0x2b",
        recipientAddress: accounts.cid.address,
        amount: "1",
      }),
  },
  redirect: { about: "redirects", reply: () => answer(307, {}, [["location", "/good"]]) },
  silent: { about: "never answers", reply: () => null },
};

/** Where the offers of this page send the buyer. */
export function answerTab({ socket, request }) {
  const { userAddress } = JSON.parse(request.body.toString("utf8") || "{}");
  const text = MODES[request.query.get("mode")]?.reply(userAddress);
  if (text) socket.end(text);
}

const offerWithTab = (about, endpoint) => ({
  about,
  phase: "unpaid",
  act: ({ socket, challenge, place }) => {
    challenge.accepts[0].extra = { ...challenge.accepts[0].extra, tabEndpoint: endpoint(place) };
    socket.end(challengeAnswer(challenge));
  },
});

const byMode = Object.entries(MODES).map(([mode, { about }]) => [
  `tab_${mode}`,
  offerWithTab(`tab endpoint ${about}`, ({ origin }) => `${origin}/tab?mode=${mode}`),
]);

export const TABS = {
  ...Object.fromEntries(byMode),
  tab_other_host: offerWithTab(
    "tab endpoint on another host name",
    ({ otherOrigin }) => `${otherOrigin.replace("127.0.0.1", "localhost")}/tab?mode=repeat`,
  ),
};
