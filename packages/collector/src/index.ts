export type { Click, Landing } from "@cashtrail/client/landing";
export { type ClickSource, type Collector, createCollector } from "./collector.ts";
export type { Attribution } from "./crediting.ts";
export { CollectorError, type Issue } from "./error.ts";
export type { CollectorEvent } from "./event.ts";
export type {
  AttemptRecord,
  ConversionRecord,
  Filter,
  Ledger,
  PostbackRecord,
  PostbackState,
  Recorded,
  Uncredited,
} from "./ledger/ledger.ts";
export type { Money } from "./money.ts";
export type { Conversion, HttpRequest, HttpResponse, Json, Network, Postback, Verdict } from "./network.ts";
export { type RetrackSettings, retrack } from "./networks/retrack.ts";
export { type ShopbackSettings, shopback } from "./networks/shopback.ts";
export type { CollectorOptions } from "./options.ts";
export type { Line, Order } from "./order.ts";
