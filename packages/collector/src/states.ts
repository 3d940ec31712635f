/** The words for what may be told apart, each list written once. */

/** What a postback tells. */
export const POSTBACK_KINDS = ["create", "update", "approve", "reject", "lead"] as const;

export const POSTBACK_STATES = ["pending", "delivered", "held", "failed", "cancelled"] as const;

/** Of a postback that is still owed to its network. */
export const WAITING_STATES = ["pending", "held", "failed"] as const;

/** Of a postback that a person may send again. */
export const RESENDABLE_STATES = ["pending", "failed", "held", "delivered"] as const;

/** What a person may settle a postback as. */
export const SETTLED_STATES = ["delivered", "failed", "cancelled"] as const;

/** What is decided of a conversion. */
export const STATUSES = ["pending", "approved", "rejected"] as const;

/** What a network's answer may mean. */
export const VERDICTS = ["accepted", "refused", "retry", "unknown", "hold", "next"] as const;

export const ATTEMPT_OUTCOMES = [...VERDICTS, "not-sent"] as const;

export const CHANGES = ["update", "approve", "reject"] as const;

export const DECISIONS = [...CHANGES, "resend", "settle", "forget"] as const;
