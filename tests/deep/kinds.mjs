// Ways to make a certificate: good ones, and everything that can be wrong with one. Each kind gives
// { claims, signature } with, where it applies, `key` (another than the trusted one), `expect` and
// `rule` (the check that must refuse it, where no other can be the first); or a list of these.
// Nothing here is believed: what the verdict is, judge.mjs finds out by itself.
import { CONTENT, CONTENT_V2 } from "./content.mjs";
import { LAYOUTS, LAYOUTS_V2 } from "./layout.mjs";
import { KEYS, SIGNATURES } from "./points.mjs";
import { PAIRS, SIGNED, VALID } from "./signed.mjs";

const GROUPS = [
  [20, VALID],
  [12, SIGNED],
  [22, SIGNATURES],
  [10, KEYS],
  [16, LAYOUTS],
  [10, LAYOUTS_V2],
  [10, CONTENT],
  [10, CONTENT_V2],
  [4, PAIRS],
];
const V1 = GROUPS.filter(([, group]) => group !== LAYOUTS_V2 && group !== CONTENT_V2);

/** One kind by its weight: [name, make]. */
export const pickKind = (random, layout) =>
  random.pick(Object.entries(random.weighted(layout === 2 ? GROUPS : V1)));
