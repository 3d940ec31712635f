import type { Request } from "express";
import type { Network } from "../../network.ts";
import type { TokenCheck } from "../token-check.ts";
import type { DashboardCalls } from "./calls.ts";
import type { Fields } from "./fields.ts";
import type { Formatting, Habits } from "./formatting.ts";
import type { Page } from "./layout.ts";
import type { Session } from "./session.ts";

export interface DashboardParts extends Habits {
  /** The collector's `adminToken`: sessions end where it is changed. */
  readonly token: string;
  readonly check: TokenCheck;
  readonly calls: DashboardCalls;
  readonly networks: readonly Network[];
  readonly now: () => Date;
  /** Whether this process delivers. */
  readonly isStarted: () => boolean;
  /** Told of mistakes of the server's own, which nobody at a browser can mend. */
  readonly fail: (error: unknown) => void;
}

/** A request of somebody who is signed in. */
export interface Visit extends Pick<DashboardParts, "calls" | "networks" | "isStarted"> {
  readonly request: Request;
  readonly query: Fields;
  /** Of a POST. */
  readonly form: Fields;
  readonly session: Session;
  readonly formToken: string;
  readonly show: Formatting;
}

/** What is answered: a page, or another page to go to, with a notice of what was done. */
export type Reply =
  | { readonly page: Page; readonly status?: number; readonly sought?: string; readonly refreshSeconds?: number }
  | { readonly to: string; readonly notice?: string; readonly name?: string };
