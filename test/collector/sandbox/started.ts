import { onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../packages/collector/src/sandbox/sandbox.ts";

export const retrackToken = "DbV6KYhMm7firiNtgfOCEmRohglfAQUTUy4FudGOKtetC0yYSaKtOXIedfNX";
export const securityToken = "0123456789abcdef0123456789abcdef";

/** A sandbox with settings written out, closed when the test ends. */
export async function startedSandbox({ retrack, shopback, ...options }: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    ...options,
    retrack: {
      token: retrackToken,
      event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
      events: ["8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34"],
      prices: "unit",
      ...retrack,
    },
    shopback: {
      offer: "1234",
      securityToken,
      validation: { offer: "5678", affiliate: "1152" },
      currency: "MYR",
      level: "order",
      ...shopback,
    },
  });
  onTestFinished(() => sandbox.close());
  return sandbox;
}
