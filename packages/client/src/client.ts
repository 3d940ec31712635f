import { type Cashtrail, init } from "./index.ts";

declare global {
  interface Window {
    cashtrail?: Cashtrail;
  }
}

// A module has no currentScript, so its settings, consent among them, cannot be known: nothing is done.
const script = document.currentScript as HTMLElement | null;
if (script) window.cashtrail = init(script.dataset);
