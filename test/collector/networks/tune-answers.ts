import type { Answer } from "../../../packages/collector/src/conformance/conformance.ts";

/**
 * What TUNE answers, and what it means of a first call and of one that was sent before.
 *
 * https://support.tune.com/hc/en-us/articles/4413247665431-Receiving-Conversions-via-Postback-URL
 */
export const TUNE_ANSWERS: { readonly first: readonly Answer[]; readonly again: readonly Answer[] } = {
  first: [
    { status: 200, body: "success=true;", verdict: { kind: "accepted" } },
    { status: 200, body: "sucess=true;", verdict: { kind: "accepted" } },
    {
      status: 200,
      body: "success=false; err_msg=Invalid Trans. ID #1027c887059b47b.;",
      verdict: { kind: "refused", reason: "Invalid Trans. ID #1027c887059b47b." },
    },
    {
      status: 200,
      body: "success=false; err_msg=Duplicate conversion;",
      verdict: { kind: "refused", reason: "Duplicate conversion" },
    },
    { status: 200, body: "success=false;", verdict: { kind: "refused", reason: "success=false without a message" } },
    { status: 404, body: "", verdict: { kind: "refused", reason: "HTTP 404" } },
    { status: 429, body: "", verdict: { kind: "retry", reason: "HTTP 429" } },
    { status: 302, body: "", verdict: { kind: "unknown", reason: "HTTP 302" } },
    { status: 500, body: "success=true;", verdict: { kind: "unknown", reason: "HTTP 500" } },
  ],
  again: [
    { status: 200, body: "success=true;", verdict: { kind: "accepted" } },
    {
      status: 200,
      body: "success=false; err_msg=Duplicate conversion;",
      verdict: { kind: "accepted", reason: "the unanswered call arrived: Duplicate conversion" },
    },
    {
      status: 200,
      body: "success=false; err_msg=Invalid Trans. ID #1027c887059b47b.;",
      verdict: {
        kind: "hold",
        reason:
          "the repeated call was refused, which says nothing of the first one: Invalid Trans. ID #1027c887059b47b.",
      },
    },
    {
      status: 404,
      body: "",
      verdict: { kind: "hold", reason: "the repeated call was refused, which says nothing of the first one: HTTP 404" },
    },
  ],
};
