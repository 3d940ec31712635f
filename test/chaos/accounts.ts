import {
  type HttpRequest,
  type Json,
  type Network,
  type Postback,
  retrack,
  shopback,
} from "../../packages/collector/src/index.ts";
import { defaultAccounts } from "../../packages/collector/src/sandbox/sandbox.ts";

export interface AccountSettings {
  /** Where the sandbox answers. */
  readonly url: string;
  readonly level: "order" | "line";
  /** The safeguard that a control takes away: looking before repeating, or waiting before looking. */
  readonly without?: "look-up" | "settle time" | undefined;
  /** How long a doubt settles, where time is as slow as in earnest. */
  readonly settleSeconds?: number;
}

/** An account at each network of the sandbox. */
export function accountsAt({ url, level, without, settleSeconds }: AccountSettings): Network[] {
  const { token, event } = defaultAccounts.retrack;
  const { offer, securityToken } = defaultAccounts.shopback;
  const networks: Network[] = [
    retrack({ token, event, url }),
    shopback({ offer, securityToken, currency: "MYR", amount: "gross", level, url }),
  ];
  if (without === "look-up") return networks.map(repeatedBlindly);
  const settles = without === "settle time" ? 0 : settleSeconds;
  return settles === undefined ? networks : networks.map((network) => ({ ...network, settleSeconds: settles }));
}

function repeatedBlindly(network: Network): Network {
  return {
    ...network,
    postbacks: (conversion) =>
      network.postbacks(conversion).map((postback): Postback => ({ ...postback, ifUnknown: "repeat" })),
  };
}

/** The network, whose requests are shown on their way out. */
export function withRequests(network: Network, change: (request: HttpRequest) => HttpRequest): Network {
  return { ...network, request: (step: Json) => change(network.request(step)) };
}
