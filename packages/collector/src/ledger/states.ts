/** The words a ledger has for what may be told apart, each list written once. */

export const POSTBACK_STATES = ["pending", "delivered", "held", "failed", "cancelled"] as const;

/** Of a postback that is still owed to its network. */
export const WAITING_STATES = ["pending", "held", "failed"] as const;

/** What is decided of a conversion. */
export const STATUSES = ["pending", "approved", "rejected"] as const;

export const ATTEMPT_OUTCOMES = ["accepted", "refused", "retry", "unknown", "hold", "next", "not-sent"] as const;

export const DECISIONS = ["update", "approve", "reject", "resend", "settle", "forget"] as const;
