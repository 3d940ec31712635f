import { companionCookie } from "@cashtrail/client/landing";
import { z } from "zod";
import type { Json, Network } from "../network.ts";
import { parse, whereFine } from "../parse.ts";
import { accountId, days, market, parameter } from "./account.ts";
import { shapeMistake } from "./id-shape.ts";

const shape = z
  .custom<RegExp>(
    (value) => value instanceof RegExp,
    "a regular expression is wanted: the shape of this network's click ids",
  )
  .superRefine((value, context) => {
    const message = shapeMistake(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const method = z.custom<(...of: never[]) => unknown>((value) => typeof value === "function", "must be a function");

// What the companion cookie's entries can carry.
const name = z
  .string({ error: "the network's name is wanted" })
  .regex(/^[a-z]{1,32}$/, "must be a name of small letters: it stands in cookies");

const sentence = z.string().min(1, "must not be empty");

const networkShape = z
  .looseObject({
    id: z.string({ error: "the account's id is wanted: the network's name, or name:market" }),
    landing: z.strictObject({
      network: name,
      parameter,
      cookie: z
        .string({ error: "the name of the cookie that keeps the click id is wanted" })
        .regex(/^[a-z][\w-]{0,63}$/i, "must be letters, digits, _ and -, a letter first")
        .refine((value) => value !== companionCookie, "is the name of the cookie that keeps all networks' clicks"),
      days,
      id: shape,
      idWithSource: shape.optional(),
    }),
    market: market.optional(),
    settleSeconds: z
      .number({ error: "a number of seconds is wanted" })
      .min(0, "must not be negative")
      .max(86_400, "must be at most a day"),
    untold: z.strictObject({ update: sentence, approve: sentence, reject: sentence }).partial(),
    refusal: method,
    postbacks: method,
    leadPostbacks: method.optional(),
    request: method,
    verdict: method,
  })
  .superRefine(
    ({ id, landing, market }, context) => {
      const wanted = accountId(landing.network, market);
      if (id === wanted) return;
      const message = `must be ${wanted}: the landing's network, and its market where it has one`;
      context.addIssue({ code: "custom", path: ["id"], message });
    },
    whereFine("id", "landing", "market"),
  );

/**
 * The network as it is given, once its shape has been checked: a mistake in it throws `ERR_OPTIONS` with every problem
 * and its path now, and not when the first order comes. What a shape cannot tell, `checkNetwork` of
 * `@cashtrail/collector/conformance` does.
 */
export function defineNetwork<Step extends Json>(network: Network<Step>): Network<Step> {
  parse(networkShape, network, "ERR_OPTIONS", "defineNetwork");
  return network;
}
