/** What a consent manager tells its listeners, as far as the tests go into it. */
export interface TcData {
  readonly eventStatus?: string;
  readonly gdprApplies?: boolean;
  readonly purpose?: { readonly consents?: object; readonly legitimateInterests?: object };
  readonly vendor?: { readonly consents?: object };
}

/** `window.cmp`: a consent manager that says what the test wants said. */
export interface StubCmp {
  /** Puts the manager itself in place, which answers each new listener at once with `first`, as TCF wants it. */
  load(first?: TcData): void;
  /** Tells every listener. */
  say(data: TcData | null, success?: boolean): void;
  /** How many listen. */
  listening(): number;
}

/**
 * The source of a consent manager of TCF 2 for a page's script element, jsdom's or a browser's: it makes `window.cmp`.
 * @see https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework/blob/master/TCFv2/IAB%20Tech%20Lab%20-%20CMP%20API%20v2.md
 */
export const stubCmp = `
window.cmp = (() => {
  const listeners = new Map();
  let latest = {};
  let listenerId = 0;
  const tell = (callback, id, data, success) => callback(data && { cmpId: 31, tcString: "CQAAAA", ...data, listenerId: id }, success);
  const api = (command, version, callback, parameter) => {
    if (command === "addEventListener" && version === 2) {
      listenerId += 1;
      listeners.set(listenerId, callback);
      tell(callback, listenerId, latest, true);
    } else if (command === "removeEventListener") callback(listeners.delete(parameter));
    else callback(null, false);
  };
  return {
    load(first = {}) {
      latest = first;
      const queued = window.__tcfapi ? window.__tcfapi() : [];
      window.__tcfapi = api;
      for (const call of queued) api(...call);
    },
    say(data, success = true) {
      if (data) latest = data;
      for (const [id, callback] of listeners) tell(callback, id, data, success);
    },
    listening: () => listeners.size,
  };
})();
`;

/** The source of the stub that a page has before its consent manager: it keeps what is asked until the manager takes it. */
export const stubCmpQueue = `
(() => {
  const queue = [];
  const locator = document.createElement("iframe");
  locator.name = "__tcfapiLocator";
  locator.style.display = "none";
  document.documentElement.append(locator);
  window.__tcfapi = (...call) => {
    if (call.length === 0) return queue;
    if (call[0] === "ping") call[2]({ cmpLoaded: false, cmpStatus: "stub", apiVersion: "2.2" }, true);
    else queue.push(call);
  };
})();
`;
