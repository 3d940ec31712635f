import type { Attributes, Span } from "@opentelemetry/api";
import type { HttpRequest } from "./network.ts";

type Api = typeof import("@opentelemetry/api");

export interface Tracing {
  /** Runs what the store called in a span of the context it was called in. */
  call<Answer extends CallAnswer>(
    name: string,
    number: string | undefined,
    act: () => Promise<Answer>,
  ): Promise<Answer>;
  attempt(about: { network: string; number: string; postback: string }): AttemptSpan;
}

interface CallAnswer {
  readonly credited: readonly string[];
  readonly repeated: boolean;
  readonly journaled?: true;
}

/** The span of one attempt, as the request of a client. It says neither the URL nor a header: tokens are in them. */
export interface AttemptSpan {
  /** Begins the span, and sends. */
  around<Sent>(request: HttpRequest, send: () => Promise<Sent>): Promise<Sent>;
  end(attempt: { outcome: string; status?: number | undefined }): void;
}

const untraced: AttemptSpan = { around: (_request, send) => send(), end() {} };

/**
 * The key by which OpenTelemetry's SDK knows that nothing is to be traced: an instrumentation of undici would write the
 * whole URL into a span of its own, and ShopBack's token is in its query.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/packages/opentelemetry-core/src/trace/suppress-tracing.ts
 */
const SUPPRESSED = "OpenTelemetry SDK Context Key SUPPRESS_TRACING";

/** Outcomes that are no failure of the request. */
const FINE = ["accepted", "next"];

/**
 * Makes OpenTelemetry spans, where the store has installed `@opentelemetry/api`: else everything runs as if this were not
 * there. Which spans are kept, and where they go, the store's own SDK decides.
 */
export function createTracing(): Tracing {
  let api: Api | undefined;
  import("@opentelemetry/api").then(
    (loaded) => {
      api = loaded;
    },
    () => {},
  );

  function begin(name: string, kind: "INTERNAL" | "CLIENT", attributes: Attributes): Span | undefined {
    return quietly(() =>
      api?.trace
        .getTracer("@cashtrail/collector")
        // An attempt is made long after its report, by whichever process claims it.
        .startSpan(name, { kind: api.SpanKind[kind], root: kind === "CLIENT", attributes }),
    );
  }

  function end(span: Span, attributes: Attributes, errorType?: string): void {
    quietly(() => {
      span.setAttributes(attributes);
      if (api && errorType !== undefined) {
        span.setAttribute("error.type", errorType);
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end();
    });
  }

  return {
    async call(name, number, act) {
      const span = api && begin(`cashtrail ${name}`, "INTERNAL", number ? { "cashtrail.number": number } : {});
      if (!api || !span) return act();
      try {
        const answer = await api.context.with(api.trace.setSpan(api.context.active(), span), act);
        const { credited, repeated, journaled = false } = answer;
        end(span, {
          "cashtrail.credited": [...credited],
          "cashtrail.repeated": repeated,
          "cashtrail.journaled": journaled,
        });
        return answer;
      } catch (error) {
        const { code = "_OTHER" } = (error ?? {}) as { code?: string };
        end(span, {}, code);
        throw error;
      }
    },
    attempt({ network, number, postback }) {
      if (!api) return untraced;
      let span: Span | undefined;
      return {
        around({ method, url }, send) {
          const { hostname, port, protocol } = new URL(url);
          span = begin(method, "CLIENT", {
            "http.request.method": method,
            "server.address": hostname,
            "server.port": Number(port) || (protocol === "http:" ? 80 : 443),
            "cashtrail.network": network,
            "cashtrail.number": number,
            "cashtrail.postback": postback,
          });
          if (!api || !span) return send();
          const within = api.trace.setSpan(api.ROOT_CONTEXT, span).setValue(api.createContextKey(SUPPRESSED), true);
          return api.context.with(within, send);
        },
        end({ outcome, status }) {
          if (!span) return;
          const answered = status === undefined ? {} : { "http.response.status_code": status };
          const isFailed = !FINE.includes(outcome) || (status ?? 0) >= 400;
          const errorType = (status ?? 0) >= 400 ? String(status) : outcome;
          end(span, { ...answered, "cashtrail.outcome": outcome }, isFailed ? errorType : undefined);
        },
      };
    },
  };
}

/** What an SDK throws is its own: no order and no postback depends on it. */
function quietly<Answer>(act: () => Answer): Answer | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
