import type { Amending } from "../../amending.ts";
import type {
  ConversionRecord,
  Filter,
  ListedPostback,
  PostbackFilter,
  Tally,
  Uncredited,
} from "../../ledger/ledger.ts";
import type { Backlog } from "../../questions.ts";
import type { Resending } from "../../resending.ts";

/** What the dashboard asks the collector for. */
export interface DashboardCalls extends Pick<Amending, "approve" | "reject">, Resending {
  find(filter: Filter): Promise<ConversionRecord[]>;
  postbacks(filter: PostbackFilter, after: number, limit: number): Promise<ListedPostback[]>;
  uncredited(limit?: number): Promise<Uncredited>;
  /** Why nobody is credited for an order of this number; undefined where none was reported, or somebody is credited. */
  uncreditedReason(number: string): Promise<string | undefined>;
  backlog(): Promise<Backlog[]>;
  tallies(since: Date): Promise<Tally[]>;
}
