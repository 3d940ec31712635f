/** What no click id may hold, but what a cookie and the companion's entries can carry: letters, digits, _ and -. */
const FORBIDDEN = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
  .concat("\u2028", "\u3000", "\ufeff", "é", "Ω", "漢", "ſ", "K")
  .filter((character) => !/[\w-]/.test(character));

/** An escape, a class, or one character: with a quantifier where one follows. */
const PART =
  /\\(?:x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]+\}|[pP]\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/giu;

/** More than any network's id has, and what a cookie carries beside others. */
const LONGEST = 200;

/**
 * What is wrong with the shape of a network's click ids, if anything: it must take whole ids only, of a longest length,
 * and of characters that no cookie, header or page reads as anything else.
 *
 * Judged by the expression's parts, for no list of samples could show that it takes nothing else.
 */
export function shapeMistake({ source, flags }: RegExp): string | undefined {
  if (/[^iu]/.test(flags)) return "must have no flags but i and u";
  const parts = source.match(PART) ?? [];
  const [first, last] = [parts[0], parts.at(-1)];
  if (first !== "^" || last !== "$" || parts.some((part, index) => part === "|" && depthAt(parts, index) === 0))
    return "must be anchored at both ends, all of it: /^(?:…|…)$/";
  if (parts.some((part) => part === "*" || part === "+" || mostOf(part) > LONGEST))
    return `must say how long an id is at most, up to ${LONGEST}: {1,40} instead of + or *`;
  if (new RegExp(source, flags).test("")) return "must take no empty id: {1,40} instead of {0,40}";
  const wrong = parts
    .filter(isAtom)
    // Control signs by letter or number, of which PART has the first half; and references, which look alike.
    .find((part) => /^\\[c\d]/.test(part) || FORBIDDEN.some((character) => takes(part, flags, character)));
  return wrong === undefined ? undefined : `must take letters, digits, _ and - only, and ${wrong} takes more`;
}

/** How often a quantifier lets what is before it come: 1 where the part is none. */
function mostOf(part: string): number {
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(part) ?? [];
  if (least === undefined) return 1;
  return comma === "" ? Number(least) : Number(most || Number.POSITIVE_INFINITY);
}

/** In how many groups a part stands. */
function depthAt(parts: readonly string[], index: number): number {
  return parts.slice(0, index).reduce((depth, part) => depth + (part === "(" ? 1 : part === ")" ? -1 : 0), 0);
}

/** Whether a part takes a character, and is no assertion, group, quantifier or reference. */
function isAtom(part: string, index: number, parts: string[]): boolean {
  if (/^(?:[\^$()|*+?]|\{\d.*\}|\\[bB])$/.test(part)) return false;
  // What a group begins with: (?: (?= (?! (?<= (?<name>
  const opening = parts
    .slice(0, index)
    .join("")
    .match(/\(\?[^()]*$/)?.[0];
  return opening === undefined || !/^\(\?(?:[:=!]|<[=!]?|<\w*>?)?$/.test(opening + part);
}

function takes(part: string, flags: string, character: string): boolean {
  return new RegExp(`^(?:${part})$`, flags).test(character);
}
