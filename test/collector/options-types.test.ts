import { expectTypeOf, test } from "vitest";
import type { z } from "../../packages/collector/node_modules/zod/index.js";
import type { changeShapes } from "../../packages/collector/src/amending.ts";
import type {
  ApproveOptions,
  By,
  Filter,
  RejectOptions,
  ResendFilter,
  SettleOptions,
  Verdict,
} from "../../packages/collector/src/index.ts";
import type { filterShape } from "../../packages/collector/src/questions.ts";
import type { resendShape, settleShape } from "../../packages/collector/src/resending.ts";
import type { VERDICTS } from "../../packages/collector/src/states.ts";

test("what the types let callers say is what the collector takes", () => {
  expectTypeOf<By>().toEqualTypeOf<z.input<typeof changeShapes.update>>();
  expectTypeOf<ApproveOptions>().toEqualTypeOf<z.input<typeof changeShapes.approve>>();
  expectTypeOf<RejectOptions>().toEqualTypeOf<z.input<typeof changeShapes.reject>>();
  expectTypeOf<ResendFilter>().toEqualTypeOf<z.input<typeof resendShape>>();
  expectTypeOf<SettleOptions>().toEqualTypeOf<z.input<typeof settleShape>>();
  expectTypeOf<Filter>().toEqualTypeOf<z.input<typeof filterShape>>();
});

test("the verdicts a network is held to are those there are", () => {
  expectTypeOf<(typeof VERDICTS)[number]>().toEqualTypeOf<Verdict["kind"]>();
});
