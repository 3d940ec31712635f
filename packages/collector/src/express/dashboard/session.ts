import { createHmac, randomBytes } from "node:crypto";
import { isSame } from "../token-check.ts";

/** How long a person stays signed in. */
export const SESSION_SECONDS = 12 * 3600;

/** Who is signed in, as the browser's cookie says it: the server keeps nothing. */
export interface Session {
  readonly id: string;
  /** In seconds since 1970. */
  readonly expires: number;
  /** Who it is, once they have said so. */
  readonly name: string;
}

export interface Sessions {
  begin(): Session;
  /** The session as its cookie's value. */
  valueOf(session: Session): string;
  /** The session a cookie's value is of, unless it has expired or somebody else made it. */
  read(value: string | undefined): Session | undefined;
  /** What each form of a session carries, so that no other page can make one. */
  formToken(session: Session): string;
  isFormToken(session: Session, given: string): boolean;
  /** A notice for the next page, as a cookie's value. */
  sealed(notice: string): string;
  opened(value: string | undefined): string | undefined;
}

/** Sessions under a key that comes from the token: a changed token ends them all. */
export function createSessions(token: string, now: () => Date): Sessions {
  const key = createHmac("sha256", token).update("cashtrail dashboard").digest();
  const mark = (purpose: string, text: string) =>
    createHmac("sha256", key).update(`${purpose} ${text}`).digest("base64url");
  const signed = (purpose: string, text: string) => `${text}.${mark(purpose, text)}`;

  /** The text of a signed value, or undefined where it was signed by nobody here or for another purpose. */
  function unsigned(purpose: string, value = ""): string | undefined {
    const end = value.lastIndexOf(".");
    const text = value.slice(0, end);
    return end > 0 && isSame(value.slice(end + 1), mark(purpose, text)) ? text : undefined;
  }

  const formToken = ({ id, expires }: Session) => mark("form", `${id}.${expires}`);

  return {
    begin: () => ({
      id: randomBytes(16).toString("base64url"),
      expires: Math.floor(+now() / 1000) + SESSION_SECONDS,
      name: "",
    }),
    valueOf: ({ id, expires, name }) => signed("session", `${id}.${expires}.${encoded(name)}`),
    read(value) {
      const [id, expires, name] = unsigned("session", value)?.split(".") ?? [];
      if (id === undefined || name === undefined || !(Number(expires) > +now() / 1000)) return undefined;
      return { id, expires: Number(expires), name: decoded(name) };
    },
    formToken,
    isFormToken: (session, given) => isSame(given, formToken(session)),
    sealed: (notice) => signed("notice", encoded(notice)),
    opened(value) {
      const notice = unsigned("notice", value);
      return notice === undefined ? undefined : decoded(notice);
    },
  };
}

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const decoded = (text: string) => Buffer.from(text, "base64url").toString();
