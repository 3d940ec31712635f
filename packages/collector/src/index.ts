export type { Click, ClickConsent, Landing } from "@cashtrail/client/landing";
export type { ApproveOptions, By, Changed, RejectOptions } from "./amending.ts";
export type { ClickSource } from "./clicks.ts";
export { type Collector, createCollector } from "./collector.ts";
export type { Attribution } from "./crediting.ts";
export { CollectorError, type Issue, type Unreported } from "./error.ts";
export type { CollectorEvent } from "./event.ts";
export type { Lead } from "./lead.ts";
export type {
  Amendment,
  AttemptEnd,
  AttemptRecord,
  Claim,
  ConversionRecord,
  Decision,
  DecisionRecord,
  Entry,
  Filter,
  Ledger,
  ListedPostback,
  PostbackDecision,
  PostbackFilter,
  PostbackRecord,
  PostbackState,
  Recorded,
  Subject,
  Tally,
  Transaction,
  Uncredited,
  Waiting,
  Written,
} from "./ledger/ledger.ts";
export type { Logger } from "./logging.ts";
export { decimal, decimalsOf, type Money } from "./money.ts";
export type {
  Conversion,
  HttpRequest,
  HttpResponse,
  Json,
  Known,
  LineDecision,
  Network,
  Postback,
  Status,
  Told,
  Verdict,
} from "./network.ts";
export { defineNetwork } from "./networks/define.ts";
export { mayTryLater } from "./networks/patience.ts";
export { idPart } from "./networks/postback-id.ts";
export { type RetrackSettings, retrack } from "./networks/retrack.ts";
export { type ShopbackSettings, shopback } from "./networks/shopback.ts";
export { type TuneSettings, tune } from "./networks/tune.ts";
export { shortWords, withoutSecrets } from "./networks/words.ts";
export type { CollectorOptions } from "./options.ts";
export { type Line, leftOf, type Order, type PlacedOrder, sumOf } from "./order.ts";
export type { Backlog } from "./questions.ts";
export type { Reported, ReportOptions } from "./reporting.ts";
export type { ResendFilter, Resent, SettleOptions } from "./resending.ts";
export type { Settlement } from "./settlement.ts";
