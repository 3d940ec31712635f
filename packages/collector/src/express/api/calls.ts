import type { Click } from "@cashtrail/client/landing";
import type { Amending, By } from "../../amending.ts";
import type { CookieSource } from "../../clicks.ts";
import type { ConversionRecord, Filter, Uncredited } from "../../ledger/ledger.ts";
import type { Backlog } from "../../questions.ts";
import type { Reporting } from "../../reporting.ts";
import type { Resending } from "../../resending.ts";

/** What the HTTP API asks the collector for. */
export interface ApiCalls
  extends Pick<Reporting, "report" | "lead">,
    Pick<Amending, "update" | "approve" | "reject">,
    Resending {
  clicksOf(source: CookieSource): Click[];
  find(filter: Filter): Promise<ConversionRecord[]>;
  /** Why nobody is credited for an order of this number; undefined where none was reported, or somebody is credited. */
  uncreditedReason(number: string): Promise<string | undefined>;
  uncredited(limit?: number): Promise<Uncredited>;
  backlog(): Promise<Backlog[]>;
  forget(number: string, options?: Pick<By, "by">): Promise<boolean>;
}
