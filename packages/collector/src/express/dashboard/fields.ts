/** The fields of a query or a form, which may be anything a stranger sends. */
export interface Fields {
  /** The first value of a field, spaces around it taken off; empty where there is none. */
  get(name: string): string;
  /** The first value as it stands. */
  exact(name: string): string;
  all(name: string): string[];
}

export function queryFields(url: string): Fields {
  const parameters = new URLSearchParams(url.split("?").slice(1).join("?"));
  return fieldsOf((name) => parameters.getAll(name));
}

/** What a parser made of a body: the store's own may have read it first, and makes lists and objects its own way. */
export function formFields(body: unknown): Fields {
  const values = new Map(Object.entries(typeof body === "object" && body !== null ? body : {}));
  return fieldsOf((name) => {
    const value: unknown = values.get(name);
    const list = typeof value === "object" && value !== null ? Object.values(value) : [value];
    return list.filter((one) => typeof one === "string");
  });
}

function fieldsOf(all: (name: string) => string[]): Fields {
  const exact = (name: string) => all(name)[0] ?? "";
  return { all, exact, get: (name) => exact(name).trim() };
}
