import type { Registered } from "./command.ts";
import { approve } from "./commands/approve.ts";
import { backlog } from "./commands/backlog.ts";
import { completion } from "./commands/completion.ts";
import { doctor } from "./commands/doctor.ts";
import { forget } from "./commands/forget.ts";
import { init } from "./commands/init.ts";
import { orders } from "./commands/orders.ts";
import { reconcile } from "./commands/reconcile.ts";
import { reject } from "./commands/reject.ts";
import { report } from "./commands/report.ts";
import { resend } from "./commands/resend.ts";
import { sandbox } from "./commands/sandbox.ts";
import { serve } from "./commands/serve.ts";
import { settle } from "./commands/settle.ts";
import { show } from "./commands/show.ts";
import { snippet } from "./commands/snippet.ts";
import { uncredited } from "./commands/uncredited.ts";

/** Every command, in the order the help lists them. */
export const commands: readonly Registered[] = [
  init,
  serve,
  sandbox,
  snippet,
  doctor,
  orders,
  show,
  backlog,
  uncredited,
  approve,
  reject,
  resend,
  settle,
  report,
  reconcile,
  forget,
  completion,
];
