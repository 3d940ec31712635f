// https://sqlite.org/rescode.html: TOOBIG, CONSTRAINT, MISMATCH
const SQLITE_CODES = [18, 19, 20];

/** Whether a ledger's error is about what it was to write: then writing the same later helps nothing. */
export function isRefusal(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { errcode?: number; code?: unknown; name?: string } };
  if (!cause) return false;
  const { errcode, code, name } = cause;
  // What cannot be copied to the ledger's thread.
  if (name === "DataCloneError") return true;
  if (errcode !== undefined) return SQLITE_CODES.includes(errcode & 0xff);
  // Data exceptions, integrity violations and what is too large: https://www.postgresql.org/docs/current/errcodes-appendix.html
  return typeof code === "string" && /^(?:21|22|23|54)...$/.test(code);
}
